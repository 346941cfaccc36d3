import { execa } from "execa";
import { HarnessDefect } from "../errors.ts";
import { projectRoot } from "../paths.ts";
import type { RunRecord } from "../run/record.ts";
import type { Settings } from "../run/settings.ts";
import { settingNames, wordsOf } from "../run/settings-schema.ts";

/** Settings as options of another process, which then has the same. */
export const optionsOf = (settings: Settings): string[] =>
  settingNames.flatMap((name) => wordsOf(name, settings[name]));

/**
 * Runs a workflow (`scripts/NAME.ts`, or another program with arguments of its own) with `--json` in a process of its own
 * and resolves with the record that it prints, red or green. HarnessDefect if it printed none, for then the run never began.
 */
export async function recordOf(
  name: string | readonly string[],
  args: readonly string[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<RunRecord> {
  const program = typeof name === "string" ? [`scripts/${name}.ts`] : name;
  const output = await execa(process.execPath, [...program, "--json", ...args], {
    cwd: projectRoot,
    reject: false,
    ...(signal && { cancelSignal: signal, gracefulCancel: false }),
    // Its machines have to be removed first.
    forceKillAfterDelay: false,
  });
  signal?.throwIfAborted();
  const printed: unknown = JSON.parse(output.stdout || "null");
  if (isRecord(printed)) return printed;
  throw new HarnessDefect(`${program.join(" ")} ${args.join(" ")} printed no record of a run`, {
    ...(output.exitCode !== undefined && { exitCode: output.exitCode }),
    outputTail: `${output.stdout}\n${output.stderr}`.trim().slice(-2000),
  });
}

/** A command that fails before its run begins prints an error in the place of a record. */
const isRecord = (printed: unknown): printed is RunRecord =>
  typeof printed === "object" && printed !== null && "tests" in printed;

/**
 * Works on all items, `lanes` of them at once, each as soon as a lane is free; `work` is told which lane it is in, from 0.
 * Resolves with the results in the items' order.
 */
export async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T, lane: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async (_: unknown, number: number): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, number);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
