import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import { optionsOf, runProgram } from "../children.ts";
import { inLanes, type Place } from "../lanes.ts";
import { Unfinished } from "../unfinished.ts";
import { circumstancesOf } from "../../run/inputs.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Entry } from "./catalogue.ts";
import { obstacle } from "./obstacle.ts";
import type { Result } from "./one.ts";
import { digestOf } from "./proved.ts";

/** What an unfinished round has come to, a line an entry. */
const file = join(projectRoot, "reports/repro.jsonl");

export type Round = {
  readonly settings: Settings;
  readonly fix: boolean;
  readonly fresh: boolean;
  /** How many entries at once, each on machines of its own. */
  readonly jobs: number;
  /** Whether entries that an earlier round came to are left as they are. */
  readonly keepResults: boolean;
  readonly signal: AbortSignal;
  readonly said: (entry: Entry, result: Result) => void;
};

/**
 * Reproduces each entry in a process and on machines of its own. Resolves with the results, in the entries' order;
 * rejects if interrupted, once the processes have ended.
 */
export async function reproduceAll(entries: readonly Entry[], round: Round): Promise<Result[]> {
  const { keepResults } = round;
  const unfinished = await Unfinished.open<Result>(file, {
    keepResults,
    judged: ({ outcome }) => outcome !== "not judged",
  });
  const under = await circumstancesOf(round.settings);
  return inLanes(entries, { lanes: round.jobs, signal: round.signal }, async (entry, place) => {
    const key = keyOf(entry, under, round.fix);
    const known = unfinished.known(key);
    const result = known ?? (await reproduceApart(entry, round, place));
    if (!known) await unfinished.keep(key, result);
    round.said(entry, result);
    return result;
  });
}

/** An entry as it is now, and what beside it and the commit its result rests on. */
const keyOf = (entry: Entry, under: string, fix: boolean): string =>
  [entry.id, digestOf(entry), under, fix].join(" ");

async function reproduceApart(
  entry: Entry,
  { settings, fix, fresh }: Round,
  { lane, signal }: Place,
): Promise<Result> {
  const nothing = { id: entry.id, seconds: 0 };
  const impossible = obstacle(entry, settings);
  if (impossible) return { ...nothing, outcome: "not here", seen: impossible.reason, exitCode: 2 };
  const options = [
    ...optionsOf({ ...settings, cluster: `${settings.cluster}-${lane}` }),
    ...(fix ? ["--fix"] : []),
    ...(fresh ? ["--fresh"] : []),
  ];
  const end = await runProgram(["harness/cli/cli.ts", "repro", entry.id, "--json", ...options], signal);
  if (isResult(end.printed)) return end.printed;
  const seen = end.outputTail || "it printed nothing";
  return { ...nothing, outcome: "not judged", seen, exitCode: end.exitCode ?? 5 };
}

const isResult = (printed: unknown): printed is Result =>
  typeof printed === "object" && printed !== null && "outcome" in printed;
