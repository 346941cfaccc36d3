import type { Plan, Step } from "../../guide/types.ts";

/** Which step a reader's output is of, and the line that says what went wrong. */
export type Guess = { readonly step: string; readonly machine?: string; readonly message: string };

const complaint =
  /error|fail|no such|not found|cannot|can't|unknown|denied|refused|invalid|unable|unauthorized|forbidden/i;
const prompt = /^(?:\[?\w+@([\w-]+)[^\]#$]*\]?\s*[#$]\s*|[#$]\s+)/;

/**
 * Reads a terminal's or a run's output: the last step whose key or whose command stands in it, and the first line after it
 * that complains, else the last. Undefined if no step of the plan is in it.
 */
export function guessSymptom(output: string, { groups }: Plan): Guess | undefined {
  const steps = groups.flatMap((group) => group.steps);
  const lines = output.split("\n").map((line) => line.trim());
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] ?? "";
    const [typed, machine] = [line.replace(prompt, ""), prompt.exec(line)?.[1]];
    const found = steps.find((step) => line.includes(step.key) || hasCommand(step, typed));
    if (!found) continue;
    const after = lines.slice(index + (line.includes(found.key) ? 0 : 1)).filter(Boolean);
    const message = after.find((said) => complaint.test(said)) ?? after.at(-1);
    if (message === undefined) continue;
    const on = line.includes(found.key) ? found.machine : machine;
    return { step: found.id, ...(on !== undefined && { machine: on }), message };
  }
  return undefined;
}

const hasCommand = ({ action }: Step, typed: string): boolean =>
  typed.length > 3 &&
  action.kind === "run" &&
  action.script.split("\n").some((line) => line.trim() === typed);
