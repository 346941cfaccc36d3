import { dirname } from "node:path";
import { Writable } from "node:stream";
import { differenceOf } from "../../blame/difference.ts";
import { GuideFailure, exitCodes, toHarnessError } from "../../errors.ts";
import { provider as providerOf } from "../../machines/index.ts";
import type { Reproduction, RunRecord } from "../../record/record.ts";
import type { FindGreen } from "../../report/html/context.ts";
import type { ConsoleOptions } from "../../report/console/console.ts";
import { reporters } from "../../report/index.ts";
import { readRecord, runsIn } from "../../run/evidence/runs.ts";
import { exitCodeOf, withRun } from "../../run/workflow.ts";
import { type Settings, portsOf } from "../../settings/settings.ts";
import type { Place, RoundCases } from "../kind.ts";
import { type ChildEnd, optionsOf, runProgram, verdictWithoutRecord } from "../pool/children.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import { digestOf, type Proof } from "./catalogue/proved.ts";
import { type Result, resultIn } from "./catalogue/result.ts";
import { toComplete } from "./new/new.ts";
import { type Outcome, reproduce, settingsWith } from "./reproduce.ts";

type How = { readonly fix: boolean; readonly fresh: boolean };
type Options = How & { readonly keep: boolean; readonly json: boolean; readonly quiet: boolean };

/** Reproduces one entry on machines of its own, live on the terminal; never rejects for what the run came to. */
export async function reproduceOne(entry: Entry, settings: Settings, options: Options): Promise<Result> {
  const impossible = obstacle(entry, settings);
  if (impossible) return notHere(entry, `${impossible.reason}. ${impossible.hint}`);
  let outcome: Outcome | undefined;
  const record = await withRun({
    command: "repro",
    settings: settingsWith(settings, entry),
    // Standard output is the result's; the run's record is in its folder.
    reporters: reporters(spokenOf(options), lastShown(entry.id)),
    body: async (run) => {
      run.recorder.note(`${entry.id}: ${entry.why.trim()}`);
      const left = toComplete(entry);
      if (left.length > 0) run.recorder.note(`${entry.file} is unfinished; write ${left.join("; ")}`);
      outcome = await reproduce(run, entry, settings, options);
      run.recorder.facts = { ...run.recorder.facts, reproduction: reproductionOf(entry, outcome) };
    },
    keep: options.keep ? "always" : "never",
  });
  return resultOf(entry, outcome, record);
}

/** What the record of a run has of an install bug. GuideFailure if it was not as the catalogue has it. */
export function reproductionOf({ id }: Entry, { appeared, expected, seen, fixed }: Outcome): Reproduction {
  if (!appeared) throw new GuideFailure(`${id} was not reproduced: expected ${expected}, seen ${seen}`);
  if (fixed === undefined) return { id, seen };
  if (fixed !== "green") throw new GuideFailure(`The correction of ${id} does not help: ${fixed}`);
  return { id, seen, fixed: true };
}

/** How a run of one install bug speaks on the terminal. */
export const spokenOf = ({ json, quiet }: Pick<Options, "json" | "quiet">): ConsoleOptions => ({
  json,
  ...(quiet && { loudness: "quiet" }),
  ...(json && { stdout: nowhere() }),
});

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

/** What a run came to; what it showed counts only if nothing but the guide failed in it, to its very end. */
export function resultOf(entry: Entry, outcome: Outcome | undefined, record: RunRecord): Result {
  const { failure } = record;
  const known = { id: entry.id, section: entry.section, seconds: record.durationMs / 1000 };
  if (!outcome || (record.verdict !== "passed" && record.verdict !== "guide")) {
    const seen = failure?.message ?? record.verdict;
    return { ...known, outcome: "not judged", seen, exitCode: exitCodeOf(record) };
  }
  const { appeared, expected, seen, fixed, system } = outcome;
  if (!appeared) return { ...known, outcome: "not reproduced", expected, seen, exitCode: 1 };
  const mended = fixed === undefined ? {} : { fixed };
  return {
    ...known,
    outcome: "reproduced",
    seen,
    ...mended,
    exitCode: fixed === undefined || fixed === "green" ? 0 : 1,
    proof: proofOf(entry, record, { seen, system, ...mended }),
  };
}

function proofOf(
  entry: Entry,
  { commit, startedAt, provider, artifactSet, versions }: RunRecord,
  { seen, system, fixed }: { readonly seen: string; readonly system: string; readonly fixed?: string },
): Proof {
  return {
    digest: digestOf(entry),
    date: startedAt.slice(0, "2019-04-01".length),
    ...(commit !== undefined && { commit }),
    provider,
    system,
    set: artifactSet,
    versions,
    seen,
    ...(fixed !== undefined && { fixed: fixed === "green" }),
  };
}

/** For the page of a run of an install bug: finds the newest other run that showed it, on such machines with such binaries. */
export const lastShown =
  (id: string): FindGreen =>
  async (record, folder) => {
    const reports = dirname(folder);
    const others = (await runsIn(reports)).filter((run) => run !== record.id && run.includes("-repro-"));
    for (const run of others.toReversed()) {
      const before = await readRecord(reports, run);
      if (before?.reproduction?.id !== id) continue;
      if (before.provider !== record.provider || before.artifactSet !== record.artifactSet) continue;
      const difference = differenceOf(before, record);
      return difference && { record: before, difference };
    }
    return undefined;
  };

const needs: Readonly<
  Record<NonNullable<Entry["needs"]>, { what: string; how: string; met(settings: Settings): boolean }>
> = {
  firewalld: {
    what: "machines with firewalld",
    how: "--provider nspawn or vagrant",
    met: (settings) => !portsOf(settings).includes("without-firewalld"),
  },
  "own-kernel": {
    what: "machines with a clock and memory of their own",
    how: "--provider vagrant",
    met: (settings) => !providerOf(settings).limitations.some(({ capability }) => capability === "clock"),
  },
  selinux: {
    what: "machines with SELinux",
    how: "--provider vagrant",
    met: (settings) => !portsOf(settings).includes("without-selinux"),
  },
  yum: {
    what: "machines with yum",
    how: "--provider nspawn, or --provider vagrant with its own box, centos/7",
    met: (settings) => !portsOf(settings).includes("debian-packages"),
  },
  online: {
    what: "downloads from upstream",
    how: "--provider vagrant --artifacts upstream --online",
    met: ({ online }) => online,
  },
};

/** Why these settings cannot show the entry's symptom, and what could; undefined if they can. */
export function obstacle(
  entry: Pick<Entry, "symptom" | "needs" | "holdsFor">,
  settings: Settings,
): { readonly reason: string; readonly hint: string } | undefined {
  if ("none" in entry.symptom) {
    return { reason: `No run can show it: ${entry.symptom.none}`, hint: "docs/errata.md has the text." };
  }
  const need = entry.needs && needs[entry.needs];
  if (need && !need.met(settings)) return { reason: `It needs ${need.what}`, hint: `Try ${need.how}.` };
  const { sets } = entry.holdsFor;
  if (sets.some((set) => set === settings.artifacts)) return undefined;
  return {
    reason: `It does not show with the artifact set ${settings.artifacts}`,
    hint: `Try --artifacts ${sets.join(" or ")}.`,
  };
}

/** How entries are reproduced: each in a process and on machines of its own. */
export const reproduceEach = (cases: readonly Entry[], options: How): RoundCases<Entry, Result> => ({
  cases,
  basis: (entry) => [digestOf(entry), options.fix, options.fresh],
  place: ({ file }) => ({ file, line: 1 }),
  async *attempt(batch, place) {
    for (const entry of batch) yield await reproduceApart(entry, place, options);
  },
  notJudged(entry, thrown) {
    const { message, verdict } = toHarnessError(thrown);
    return { ...about(entry), outcome: "not judged", seen: message, exitCode: exitCodes[verdict] };
  },
});

const notHere = (entry: Entry, seen: string): Result => ({
  ...about(entry),
  outcome: "not here",
  seen,
  exitCode: exitCodes.usage,
});

const about = ({ id, section }: Entry): Pick<Result, "id" | "section" | "seconds"> => ({
  id,
  section,
  seconds: 0,
});

async function reproduceApart(
  entry: Entry,
  { settings, signal }: Place,
  { fix, fresh }: How,
): Promise<Result> {
  const impossible = obstacle(entry, settings);
  if (impossible) return notHere(entry, impossible.reason);
  const options = [...optionsOf(settings), ...(fix ? ["--fix"] : []), ...(fresh ? ["--fresh"] : [])];
  return resultOfEnd(
    entry,
    await runProgram(["harness/cli/cli.ts", "repro", entry.id, "--json", ...options], signal),
  );
}

/** The result that a process printed, unless it ended otherwise than that says: then the entry is not judged. */
export function resultOfEnd(entry: Entry, { printed, exitCode, outputTail }: ChildEnd): Result {
  const result = resultIn(printed);
  if (result && result.exitCode === exitCode) return result;
  const seen = outputTail || "it printed nothing";
  return {
    ...about(entry),
    outcome: "not judged",
    seen,
    exitCode: exitCodes[verdictWithoutRecord(exitCode)],
  };
}
