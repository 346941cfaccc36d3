import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import chalk from "chalk";
import { HarnessDefect, UsageError } from "../errors.ts";
import { type LockOptions, withLockOrFail } from "../host/lock.ts";
import { projectRoot, shortPath } from "../host/paths.ts";
import { replaceFile } from "../host/persisted.ts";
import { type Progress, silent } from "../progress.ts";
import { addressesFrom } from "../report/html/context.ts";
import { processRedactor } from "../secrets/redact.ts";
import { circumstancesOf } from "../run/request/inputs.ts";
import type { Settings } from "../settings/settings.ts";
import { shortDigest, triedCommit, triedFiles, unknownCommit } from "./commit.ts";
import { RoundProgress } from "./pool/round-progress.ts";
import { junitOf, type Kind, type Reading, type RoundCases } from "./kind.ts";
import { roundPage } from "./page/page.ts";
import { keepLast, readLast, type Since, sinceLast } from "./page/since.ts";
import { inLanes } from "./pool/lanes.ts";
import { type RoundHeader, openRecords, readRound, type Round, roundDigest, type Shard } from "./records.ts";

export type RoundOptions = {
  /** Names of the lanes' clusters begin as its cluster's. */
  readonly settings: Settings;
  readonly versions: RoundHeader["versions"];
  readonly whole: boolean;
  /** How many batches at once, each on machines of its own. */
  readonly jobs: number;
  readonly shard?: Shard | undefined;
  /** Whether cases that an earlier round came to are left as they are. */
  readonly keepResults: boolean;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly reports?: string;
};

const allReports = join(projectRoot, "reports");

/** `reports/NAME.jsonl`: the record of the last round of a kind. */
export const recordFile = (name: string, reports = allReports): string => join(reports, `${name}.jsonl`);

/** The cases of a shard, or all: every so many-th, for the first take longer than the last. */
export const casesOf = <T>(cases: readonly T[], shard: Shard | undefined): readonly T[] =>
  shard ? cases.filter((_, index) => index % shard.of === shard.index - 1) : cases;

/**
 * Tries the cases of a round that are not known yet, in lanes side by side, and records each result as it comes. What could not
 * be judged, as on a host that the lanes starved, is tried once more in the end, one at a time, unless nothing could be.
 * Resolves with the round; rejects with the signal's reason, or with what no case can be blamed for, once all that was begun
 * has ended.
 */
export async function runRound<C extends { readonly id: string }, R>(
  kind: Kind<R>,
  trying: RoundCases<C, R>,
  options: RoundOptions,
): Promise<Round<R>> {
  const { cases, attempt, notJudged } = trying;
  const { settings, versions, whole, jobs, shard, keepResults, signal, reports, progress } = options;
  const say = (line: string): void => progress.note(line);
  const { provider, artifacts } = settings;
  const commit = await triedCommit();
  const circumstances = await circumstancesOf(settings);
  const files = await triedFiles();
  const keys = cases.map((one) => {
    const basis = JSON.stringify([kind.name, commit, circumstances, trying.basis?.(one) ?? ""]);
    const place = trying.place?.(one);
    return {
      id: one.id,
      key: `${one.id} ${shortDigest(basis)}`,
      ...(place && { place: { file: shortPath(place.file), line: place.line } }),
    };
  });
  const file = recordFile(kind.name, reports);
  const own = casesOf(cases, shard);
  const before = (await readRound(file, kind.schema)).round?.results.map((result) => kind.read(result)) ?? [];
  const took = new Map(before.map(({ name, seconds }) => [name, seconds]));
  const far = new RoundProgress(
    own.map(({ id }) => id),
    jobs,
    took,
  );
  const records = await openRecords(file, {
    schema: kind.schema,
    about: {
      kind: kind.name,
      commit,
      provider,
      artifacts,
      versions,
      whole,
      startedAt: new Date().toISOString(),
      ...(shard && { shard }),
      round: roundDigest(keys),
      cases: [...casesOf(keys, shard)],
    },
    keepResults,
    holds: (result) => commit !== unknownCommit && kind.read(result).outcome !== "error",
    say,
  });
  const done = new Set<string>();
  const settle = (result: R): string => {
    const reading = kind.read(result);
    done.add(reading.name);
    far.done(reading.name, reading.seconds);
    const number = String(done.size).padStart(String(own.length).length);
    say(`[${number} of ${own.length}] ${lineOf(reading)}`);
    return reading.name;
  };
  for (const { id } of own) {
    const known = records.known(id);
    if (known !== undefined) settle(known);
  }
  const left = own.filter(({ id }) => !done.has(id));
  let changed: UsageError | undefined;
  const keep = async (result: R): Promise<void> => {
    // Its run may have read either.
    if ((await triedFiles()) !== files || (await circumstancesOf(settings)) !== circumstances) {
      throw (changed ??= new UsageError("The project's files changed while the round was under way", {
        hint: "What was kept until then holds for the files that there were: --continue goes on with it where they are the same again.",
      }));
    }
    const told = processRedactor.value(result);
    await records.keep(settle(told), told);
  };
  const runBatches = (
    batches: readonly (readonly C[])[],
    lanes: number,
    take: (result: R) => Promise<void>,
  ): Promise<unknown> =>
    inLanes(batches, { lanes, signal }, async (batch, lane) => {
      far.begin(
        lane.lane,
        batch.map(({ id }) => id),
      );
      const came = new Set<string>();
      const taken = (result: R): Promise<void> => {
        came.add(kind.read(result).name);
        return take(result);
      };
      const place = {
        ...lane,
        doing: (what?: string) => far.doing(lane.lane, what),
        settings: { ...settings, cluster: `${settings.cluster}-${lane.lane}` },
      };
      try {
        for await (const result of attempt(batch, place)) await taken(result);
      } catch (thrown) {
        lane.signal.throwIfAborted();
        if (changed) throw changed;
        for (const one of batch) if (!came.has(one.id)) await taken(notJudged(one, thrown));
      }
    });
  const runAll = async (): Promise<void> => {
    await trying.prepare?.(signal, say);
    const unjudged = new Map<string, R>();
    await runBatches(trying.batches?.(left, jobs) ?? left.map((one) => [one]), jobs, async (result) => {
      const reading = kind.read(result);
      if (reading.outcome !== "error") return keep(result);
      say(`to be tried again in the end: ${lineOf(reading)}`);
      unjudged.set(reading.name, result);
      far.postponed(reading.name);
    });
    const again = left.filter(({ id }) => unjudged.has(id)).map((one) => [one]);
    if (again.length < left.length) await runBatches(again, 1, keep);
    else for (const result of unjudged.values()) await keep(result);
  };
  if (left.length > 0 && trying.runs) say(trying.runs(left, settings));
  if (left.length > 0) await progress.watch(() => far.words(), runAll);
  const round = await records.end();
  if (round.missing.length === 0) return round;
  throw new HarnessDefect(`The record ${file} has not all of the round`, {
    outputTail: round.missing.join("\n"),
  });
}

/** A round and what it left for a person: its page, and what differs from when its cases were last judged. */
export type Told<R> = { readonly round: Round<R>; readonly page: string; readonly since: Since };

/**
 * Runs `work` while nothing else makes the files of a kind of rounds. UsageError at once if something does, which says what
 * process that is.
 */
export function lockRound<T>(
  name: string,
  { reports = allReports, signal }: Pick<LockOptions, "signal"> & { readonly reports?: string | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const lock = join(reports, `${name}.lock`);
  const held = (holder: string): UsageError =>
    new UsageError(`Another round of ${name} is under way: ${holder}`, {
      hint: `Wait for its end, or end it with SIGTERM; or use another checkout. The lock is ${lock}.`,
    });
  return withLockOrFail(lock, { name: `lock of ${name}`, progress: silent, signal, held }, work);
}

/** Runs a round and writes what it leaves. UsageError if another one of its kind is under way. */
export function playRound<C extends { readonly id: string }, R>(
  kind: Kind<R>,
  trying: RoundCases<C, R>,
  options: RoundOptions,
): Promise<Told<R>> {
  return lockRound(kind.name, options, async () =>
    writeRound(kind, await runRound(kind, trying, options), options.reports),
  );
}

/**
 * Writes `reports/NAME.xml` and `NAME.html`, and `NAME.json` for a round of the whole catalogue, which one of some cases, or a
 * shard, does not replace. What the cases came to is what the next round is compared with.
 */
export async function writeRound<R>(kind: Kind<R>, round: Round<R>, reports = allReports): Promise<Told<R>> {
  const { whole, shard } = round.about;
  const known = kind.isDrawn ? {} : await readLast(kind.name, reports);
  const since = sinceLast(kind, round, known);
  const isWhole = whole && !shard;
  const files = ["xml", "jsonl", ...(isWhole ? ["json"] : [])].map((ending) => `${kind.name}.${ending}`);
  const page = join(reports, `${kind.name}.html`);
  await writeFile(join(reports, `${kind.name}.xml`), junitOf(kind, round));
  await writeFile(page, roundPage(kind, round, { since, addresses: addressesFrom(reports), files }));
  if (isWhole)
    await replaceFile(
      join(reports, `${kind.name}.json`),
      `${JSON.stringify(kind.document(round), null, 2)}\n`,
    );
  if (!kind.isDrawn) await keepLast(kind, round, known, reports);
  return { round, page, since };
}

const colours = { passed: chalk.green, skipped: chalk.yellow, failed: chalk.red, error: chalk.red };

export const lineOf = ({ name, outcome, type = outcome, detail = "", seconds }: Reading): string =>
  [
    colours[outcome](type.padEnd(15)),
    name.padEnd(44),
    `${seconds.toFixed(0).padStart(4)} s `,
    detail.replaceAll(/\s+/g, " ").slice(0, 140),
  ].join(" ");
