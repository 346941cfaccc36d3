import type { Command } from "commander";
import { endsToldVariable, interruptions } from "../../interruptions.ts";
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
    const saved = (): void => {
      if (interruption.signal.aborted) return;
      process.stderr.write("\nThe guide was saved again: this try is ended, the next one begins.\n");
    };
    await onEverySave(filesOf(guide, edits), interruption.signal, async (signal) => {
      signal.addEventListener("abort", saved, { once: true });
      await tryIn(signal, options);
      signal.removeEventListener("abort", saved);
    });
  });

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
