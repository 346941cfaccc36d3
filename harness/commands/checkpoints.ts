import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { size } from "../artifacts/guide/meter.ts";
import type { CheckpointNote } from "../run/checkpoints/notes.ts";
import { allCheckpoints, limits, prune, removeCheckpoints } from "../run/checkpoints/shelf.ts";
import { command, print } from "./command.ts";

/** `checkpoints`: what is saved, and its removal. */
export function checkpointsCommand(): Command {
  return command(
    "checkpoints",
    "list the saved states that runs can start from; --resume and `pnpm repro` use them",
  )
    .argument("[key...]", "with --remove: keys, or the beginnings of keys")
    .option("--remove", "remove these; all without a key")
    .option(
      "--prune",
      `remove the longest unused until ${limits.number} and ${size(limits.bytes)} are left at most`,
    )
    .action(async (keys: string[], options: { remove?: boolean; prune?: boolean; json?: boolean }) => {
      if (keys.length > 0 && !options.remove) {
        throw new UsageError("Keys say what to remove", { hint: "Add --remove." });
      }
      if (options.remove || options.prune) {
        const removed = options.remove ? await removeCheckpoints(keys) : await prune();
        print(options.json, { removed }, () =>
          removed.length === 0 ? "There is nothing to remove." : `${removed.length} removed.`,
        );
        return;
      }
      const { notes, bytes } = await allCheckpoints();
      print(options.json, { checkpoints: notes.map(withoutPlaces), bytes }, () =>
        [
          ...notes.map(
            ({ key, savedAt, steps, after, milliseconds, lost }) =>
              `${key.slice(0, 8)}  ${savedAt.slice(0, 16).replace("T", " ")}  ${String(steps).padStart(4)} steps  ${String(milliseconds).padStart(5)} ms  ${after}${lost ? "  (does not survive a reboot)" : ""}`,
          ),
          `${notes.length} checkpoints; the pool they are in takes ${size(bytes)}.`,
        ].join("\n"),
      );
    });
}

/** A shell's environment is nobody's business. */
const withoutPlaces = (note: CheckpointNote): object => ({ ...note, places: undefined });
