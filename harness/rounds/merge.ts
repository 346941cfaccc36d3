import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { count } from "../report/text.ts";
import { unknownCommit } from "./commit.ts";
import { ablation } from "./ablation/ablation.ts";
import { chaos } from "./chaos/chaos.ts";
import type { Kind } from "./kind.ts";
import { mutants } from "./mutants/judge.ts";
import { type RoundHeader, openRecords, readRound, type Round, roundDigest, type Shard } from "./records.ts";
import { repro } from "./repro/catalogue/result.ts";
import { lockRound, recordFile, type Told, writeRound } from "./round.ts";

export const kinds: readonly Kind[] = [mutants, ablation, repro, chaos];

/** The record of one shard, or of a whole round. */
type Part = { readonly file: string; readonly round: Round<unknown>; readonly shard: Shard };

/**
 * Joins the records of all shards of one round, each a file or in a folder, and writes to `reports` what a round leaves there.
 * UsageError where what is there does not make one whole round: a record that cannot be read, another kind, commit or choice of
 * cases, a shard that is missing, there twice, or not finished; and while a round of the kind is under way.
 */
export async function mergeRounds(
  paths: readonly string[],
  say: (line: string) => void,
  reports?: string,
): Promise<Told<unknown> & { readonly kind: Kind }> {
  const files = (await Promise.all(paths.map(recordsAt))).flat();
  const [name = "", ...others] = new Set(files.map(({ kind }) => kind.name));
  const kind = kinds.find((one) => one.name === name);
  if (!kind || others.length > 0) {
    throw new UsageError(`These are records of different kinds: ${[name, ...others].join(", ")}`, {
      hint: "Name the files of one of them, such as DIR/mutants.jsonl.",
    });
  }
  const parts = await Promise.all(files.map(({ file }) => readPart(file, kind)));
  const about = assertOneRound(parts);
  const merged = parts.toSorted((one, other) => one.shard.index - other.shard.index);
  const cases = dealtBack(merged.map(({ round }) => round.about.cases));
  if (roundDigest(cases) !== about.round) {
    const what = "These records do not have the cases of the round that they say they are shards of";
    throw new UsageError(what, { hint: sameCommand });
  }
  const file = recordFile(name, reports);
  return lockRound(name, { reports }, async () => {
    const records = await openRecords(file, {
      schema: kind.schema,
      about: { ...about, cases },
      keepResults: false,
      holds: () => true,
      say,
    });
    for (const line of merged.flatMap(({ round }) => round.lines)) await records.add(line);
    const round = await records.end();
    if (round.missing.length > 0) throw new UsageError(`${file} has not all results of its shards`);
    return { kind, ...(await writeRound(kind, round, reports)) };
  });
}

async function recordsAt(path: string): Promise<{ readonly file: string; readonly kind: Kind }[]> {
  const found = await stat(path).catch(() => undefined);
  const files = found?.isDirectory() ? kinds.map(({ name }) => recordFile(name, path)) : [path];
  const records = files.filter(existsSync).flatMap((file) => {
    const kind = kinds.find(({ name }) => file.endsWith(`/${name}.jsonl`) || file === `${name}.jsonl`);
    return kind ? [{ file, kind }] : [];
  });
  if (records.length > 0) return records;
  throw new UsageError(`There is no record of a round in ${path}`, {
    hint: `A round leaves ${kinds.map(({ name }) => `${name}.jsonl`).join(", ")} in reports/.`,
  });
}

async function readPart(file: string, kind: Kind): Promise<Part> {
  const { round, damaged } = await readRound(file, kind.schema);
  const [damage] = damaged;
  if (!round || damage || round.about.kind !== kind.name) {
    const reason = damage?.reason ?? "it does not say what round it is of";
    throw new UsageError(`The record ${file} cannot be read: ${reason}`, {
      location: { file, line: damage?.line ?? 1 },
    });
  }
  const { shard = { index: 1, of: 1 } } = round.about;
  if (round.missing.length === 0) return { file, round, shard };
  throw new UsageError(
    `The round of ${file} (shard ${nameOf(shard)}) is not finished: ${count(round.missing.length, "case")} of ${round.about.cases.length} have no result`,
    { hint: "Go on with it where it ran: the same command with --continue." },
  );
}

const sameCommand = "Start all shards with the same command, --shard aside.";

const nameOf = ({ index, of }: Shard): string => `${index}/${of}`;

function assertOneRound(parts: readonly Part[]): RoundHeader {
  const [first] = parts;
  if (!first) throw new UsageError("Name the folders with the records of the shards");
  const differ = (what: string, of: (part: Part) => string, hint: string): void => {
    const byValue = Map.groupBy(parts, of);
    if (byValue.size === 1) return;
    const told = [...byValue].map(([value, own]) => `${value} (${own.map(({ file }) => file).join(", ")})`);
    throw new UsageError(`These are rounds of different ${what}: ${told.join("; ")}`, { hint });
  };
  differ("commits", ({ round }) => round.about.commit, "Only shards of one commit make a round.");
  if (parts.length > 1 && first.round.about.commit === unknownCommit) {
    throw new UsageError("Nobody knows the commits of these shards", {
      hint: "They were run outside of git.",
    });
  }
  const { of } = first.shard;
  differ("splits", ({ shard }) => `of ${shard.of}`, "Shards are I/N of the same N.");
  for (const [index, own] of Map.groupBy(parts, ({ shard }) => shard.index)) {
    if (own.length === 1) continue;
    throw new UsageError(
      `Shard ${nameOf({ index, of })} is there ${own.length} times: ${own.map(({ file }) => file).join(", ")}`,
    );
  }
  differ(
    "cases or settings",
    ({ round: { about } }) => `${about.round} on ${about.provider} with ${about.artifacts}`,
    sameCommand,
  );
  const missing = Array.from({ length: of }, (_, index) => index + 1).filter(
    (index) => !parts.some(({ shard }) => shard.index === index),
  );
  if (missing.length > 0) {
    throw new UsageError(`Missing: shard ${missing.map((index) => nameOf({ index, of })).join(", ")}`, {
      hint: "A round is judged whole or not at all.",
    });
  }
  const { shard: _, ...about } = first.round.about;
  const startedAt = parts.map(({ round }) => round.about.startedAt).toSorted()[0] ?? about.startedAt;
  return { ...about, startedAt };
}

function dealtBack<T>(shards: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...shards.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) =>
    shards.flatMap((own) => own.slice(turn, turn + 1)),
  ).flat();
}
