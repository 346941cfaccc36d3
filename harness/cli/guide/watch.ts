import { basename, join } from "node:path";
import type { Command } from "commander";
import { endsToldVariable, interruptions } from "../../interruptions.ts";
import { projectRoot } from "../../host/paths.ts";
import { runsUnderWay } from "../../run/evidence/runs.ts";
import { runProgram } from "../../rounds/pool/children.ts";
import { command, withOwnCluster, withSettings } from "../command/command.ts";
import { askedWords } from "../command/lazy.ts";
import { withLoudness } from "../command/workflow.ts";
import { filesOf, onEverySave } from "./debounced-watch.ts";
import { assertBase } from "./change.ts";
import { withTryOptions } from "./try.ts";

/** `guide watch`: `guide try` on every save; one that still goes on is ended, its machines are removed. */
export const guideWatchCommand = (): Command =>
  withTryOptions(
    withLoudness(
      withOwnCluster(
        withSettings(
          command("watch", "run `guide try` at once and on every save, until Ctrl-C; with the same options"),
        ),
      ),
    ),
  ).action(async (base: string, { guide, edits }: { guide: string; edits: readonly string[] }) => {
    // No save mends a base that there is not.
    await assertBase(guide, base);
    using interruption = interruptions("Machines that were up are removed.");
    const options = askedWords().slice(2);
    process.stderr.write("Trying the guide as it is now, and then on every save.\n");
    const known = new Set(await tries());
    await onEverySave(
      filesOf(guide, edits),
      interruption.signal,
      (signal) => tryIn(signal, options),
      async (file) => {
        if (interruption.signal.aborted) return;
        const hasBegun = (await tries()).some((run) => !known.has(run));
        process.stderr.write(savedLine(file, hasBegun, new Date()));
      },
    );
  });

const reports = join(projectRoot, "reports");

/** The tries under way that have begun: they have a folder for their reports. */
const tries = async (): Promise<string[]> =>
  (await runsUnderWay(reports)).filter((run) => run.includes("-try-"));

/** What is told of a save at once: which file, when, and what becomes of a try that has begun. */
export function savedLine(file: string | undefined, hasBegun: boolean, at: Date): string {
  const what = file === undefined ? "" : `, ${basename(file)}`;
  const saved = `Saved ${at.toTimeString().slice(0, "00:00:00".length)}${what}: `;
  return hasBegun
    ? `\n${saved}the try under way is ended, its machines are removed; then this is checked …\n`
    : `${saved}checking …\n`;
}

/** A try in a process of its own; when the signal is raised it is ended in good order. */
async function tryIn(signal: AbortSignal, options: readonly string[]): Promise<void> {
  try {
    // As it was typed: files of settings answer the rest.
    await runProgram(["harness/cli/cli.ts", "guide", "try", ...options], signal, {
      stdout: "inherit",
      env: { [endsToldVariable]: "1" },
    });
    process.stderr.write("\nWaiting for the next save; Ctrl-C ends it.\n\n");
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
