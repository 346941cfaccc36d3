import { exitCodes, toHarnessError } from "../../errors.ts";
import { type ChildEnd, optionsOf, runProgram, verdictWithoutRecord } from "../pool/children.ts";
import type { Place, RoundCases } from "../kind.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import { obstacle } from "./one.ts";
import { digestOf } from "./catalogue/proved.ts";
import { type Result, resultIn } from "./catalogue/result.ts";

type Options = { readonly fix: boolean; readonly fresh: boolean };

/** How entries are reproduced: each in a process and on machines of its own. */
export const reproduceEach = (cases: readonly Entry[], options: Options): RoundCases<Entry, Result> => ({
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

const about = ({ id, section }: Entry): Pick<Result, "id" | "section" | "seconds"> => ({
  id,
  section,
  seconds: 0,
});

async function reproduceApart(
  entry: Entry,
  { settings, signal }: Place,
  { fix, fresh }: Options,
): Promise<Result> {
  const impossible = obstacle(entry, settings);
  if (impossible) return { ...about(entry), outcome: "not here", seen: impossible.reason, exitCode: 2 };
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
