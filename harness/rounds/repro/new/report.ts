import { stripVTControlCharacters } from "node:util";
import type { Plan, Step } from "../../../guide/types.ts";
import { hasFailed, lastingWords, type Guess, symptomOfStart, symptomOfUnit } from "./unit-report.ts";

const complaint =
  /error|fail|no such|not found|cannot|can't|unknown|denied|refused|invalid|unable|unauthorized|forbidden|notready/i;
const prompt = /^(?:\[?\w+@([\w.-]+)[^\]#$]*\]?\s*[#$]\s*|[\w.-]*[#$]\s+)/;

/** Where a reader pastes a table of kubectl without its command: the command, by the headline. */
const tables: readonly (readonly [headline: RegExp, command: string])[] = [
  [/^NAME +STATUS +ROLES +AGE +VERSION/, "kubectl get nodes"],
  [/^NAME +STATUS +MESSAGE +ERROR/, "kubectl get componentstatuses"],
  [/^NAME +AGE +REQUESTOR +CONDITION/, "kubectl get csr"],
  [/^NAMESPACE +NAME +READY +STATUS/, "kubectl get pods --all-namespaces"],
  [/^NAME +READY +STATUS +RESTARTS +AGE/, "kubectl get pods"],
];

/**
 * Reads what a reader pastes: the status or the journal of a unit; a terminal, or a run's output, where the last step whose key
 * or whose command stands in it counts, and the first line after it that complains, else the last; a table of kubectl. A step
 * that does not fail by that is asked for by a probe. Undefined if nothing of the plan is in it.
 */
export function guessSymptom(output: string, { groups }: Plan): Guess | undefined {
  const steps = groups.flatMap((group) => group.steps);
  const lines = stripVTControlCharacters(output).split("\n");
  const trimmed = lines.map((line) => line.trim());
  return symptomOfUnit(lines, steps) ?? symptomOfCommand(trimmed, steps) ?? symptomOfStart(trimmed, steps);
}

function symptomOfCommand(lines: readonly string[], steps: readonly Step[]): Guess | undefined {
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? "";
    // The same on another machine, in a line.
    if (/, as on \S+$/.test(line)) continue;
    const [typed, host] = [line.replace(prompt, ""), prompt.exec(line)?.[1]];
    const table = tables.find(([headline]) => headline.test(line))?.[1];
    const found = steps.find((step) => line.includes(step.key) || hasCommand(step, table ?? typed));
    const command =
      table ??
      (prompt.test(line) && /^kubectl (?:get|describe|logs|version)\b/.test(typed) ? typed : undefined);
    if (!found && command === undefined) continue;
    const isKey = found !== undefined && line.includes(found.key);
    // What a run says before a step's key is not the step's.
    const headline = isKey ? [line.slice(line.indexOf(found.key) + found.key.length).replace(/^: /, "")] : [];
    const rest = [...headline, ...lines.slice(index + 1)];
    const next = rest.findIndex((each, at) => (at > 0 || !isKey) && prompt.test(each));
    const after = rest.slice(0, next < 0 ? undefined : next).filter(Boolean);
    const message = after.find((said) => complaint.test(said)) ?? after.at(-1);
    if (message === undefined) continue;
    const named = steps.find(({ machine }) => machine === host)?.machine;
    const also = (step: Step): boolean => step.id === found?.id && step !== found && hasFailed(lines, step);
    const machine = isKey ? (steps.some(also) ? undefined : found.machine) : named;
    const words = lastingWords(message);
    if (found && (isKey || found.expect !== undefined || complaint.test(message)))
      return {
        step: found.id,
        symptom: { step: found.id, ...(machine !== undefined && { machine }), message: words },
      };
    return probeOf(command ?? typed, words, found, machine, steps);
  }
  return undefined;
}

/** What nothing fails by is asked for, where it was typed, or where the guide types kubectl. */
function probeOf(
  run: string,
  prints: string,
  found: Step | undefined,
  machine: string | undefined,
  steps: readonly Step[],
): Guess | undefined {
  const like = steps.findLast(({ action }) => action.kind === "run" && /^kubectl get\b/m.test(action.script));
  const step = found ?? like;
  if (!step) return undefined;
  const probe = { on: machine ?? step.machine, run, prints, within: "40s" };
  return { step: step.id, symptom: { probe, ...(found && { after: found.section }) } };
}

/** Whether a step's script has a command; of kubectl's resources a singular counts, too. */
function hasCommand({ action }: Step, typed: string): boolean {
  const wanted = sameWords(typed);
  return (
    typed.length > 3 &&
    action.kind === "run" &&
    action.script.split("\n").some((line) => sameWords(line) === wanted)
  );
}

const resources: Readonly<Record<string, string>> = {
  no: "nodes",
  node: "nodes",
  cs: "componentstatuses",
  componentstatus: "componentstatuses",
  po: "pods",
  pod: "pods",
};

/** A command without what changes nothing but how its answer looks. */
const sameWords = (command: string): string =>
  command
    .trim()
    .replace(/^sudo +/, "")
    .replaceAll(/ +/g, " ")
    .replace(
      /^kubectl get (\w+)(.*)$/,
      (_, what: string, options: string) =>
        `kubectl get ${resources[what] ?? what}${options.replaceAll(/ (?:-o|--output|--sort-by|--show-labels)(?:[ =]\S+)?/g, "")}`,
    );
