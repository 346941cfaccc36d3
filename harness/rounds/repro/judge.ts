import { describeSymptom, findInStep, findMessage, textOf } from "../../guide/edit/symptom.ts";
import { isRed } from "../../record/outcome.ts";
import type { FailureRecord, TestRecord } from "../../record/record.ts";
import { tailOf } from "../../host/exec.ts";
import { describeWait, type WaitResult } from "../../waits/wait.ts";
import type { Entry } from "./catalogue/catalogue.ts";

export type RunObservations = {
  readonly failure?: FailureRecord;
  /** The failures of the same step on other machines. */
  readonly others?: readonly FailureRecord[];
  readonly tests: readonly TestRecord[];
  readonly printed?: string;
  /** How its symptom was waited for in vain. */
  readonly waited?: WaitResult;
};

/** Whether the symptom appeared where and as catalogued; both in a line. */
export type SymptomMatch = { readonly appeared: boolean; readonly expected: string; readonly seen: string };

/** Lines of a probe's output that are told. */
export const told = 10;

/** Holds what a run showed against the catalogue. */
export function appearanceOf({ symptom }: Pick<Entry, "symptom">, seen: RunObservations): SymptomMatch {
  const expected = describeSymptom(symptom);
  const judged = (found: string | undefined, otherwise: string): SymptomMatch => ({
    appeared: found !== undefined,
    expected,
    seen: found ?? otherwise,
  });
  if ("none" in symptom) return judged(undefined, "nothing to see");
  const failures = failuresOf(seen);
  if ("step" in symptom) return judgeStep(symptom, failures, judged);
  if (seen.failure) {
    // A unit that dies of it fails a step in the words that the probe would have shown.
    const found = "probe" in symptom ? firstOf(failures, unitWordsOf(symptom.probe.prints)) : undefined;
    return judged(found, failureLine(seen.failure));
  }
  if ("probe" in symptom) {
    const { printed = "", waited } = seen;
    const found = findMessage(symptom.probe.prints, printed);
    const how = waited ? ` (${describeWait(waited)})` : "";
    return judged(
      found,
      printed === ""
        ? `the probe printed nothing${how}`
        : `the probe printed${how}: ${tailOf(printed, told)}`,
    );
  }
  const red = seen.tests.filter(isRed);
  const own = red.filter(
    ({ milestone, name }) =>
      milestone === symptom.milestone && (symptom.test === undefined || name.includes(symptom.test)),
  );
  for (const { name, failure } of own) {
    const found = failure && findMessage(symptom.message, textOf(failure));
    if (found !== undefined) return judged(`${symptom.milestone}: ${name}: ${found}`, "");
  }
  const others = red.map(
    ({ milestone, name, failure }) => `${milestone}: ${name}: ${failure?.message ?? ""}`,
  );
  return judged(undefined, others.join("\n") || `milestone ${symptom.milestone} is green`);
}

function judgeStep(
  symptom: Parameters<typeof findInStep>[0],
  failures: readonly FailureRecord[],
  judged: (found: string | undefined, otherwise: string) => SymptomMatch,
): SymptomMatch {
  const [first] = failures;
  if (!first) return judged(undefined, `${symptom.step} passed`);
  const found = firstOf(failures, (failure) => findInStep(symptom, failure));
  return judged(found, failureLine(failures.find(({ machine }) => machine === symptom.machine) ?? first));
}

/** The failures of a step on all machines on which it failed. */
export const failuresOf = ({
  failure,
  others = [],
}: Pick<RunObservations, "failure" | "others">): readonly FailureRecord[] =>
  failure ? [failure, ...others] : [];

/** What is found in the first failure that has it, with the key of its step. */
function firstOf(
  failures: readonly FailureRecord[],
  find: (failure: FailureRecord) => string | undefined,
): string | undefined {
  for (const failure of failures) {
    const found = find(failure);
    if (found !== undefined) return `${failure.step}: ${found}`;
  }
  return undefined;
}

/** Finds a message in what a unit of the failed step said. The key of the step and its output are not the unit's. */
const unitWordsOf =
  (prints: string) =>
  ({ message, step, unitJournal }: FailureRecord): string | undefined =>
    unitJournal === undefined
      ? undefined
      : findMessage(prints, `${message.replace(`${step}: `, "")}\n${unitJournal}`);

const failureLine = (failure: FailureRecord): string =>
  [failure.message, failure.outputTail?.split("\n").slice(-5).join("\n")].filter(Boolean).join("\n");
