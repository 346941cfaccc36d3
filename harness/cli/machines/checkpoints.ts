import { chalkStderr } from "chalk";
import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import { size } from "../../host/download/meter.ts";
import { damagedError } from "../../host/persisted.ts";
import { type CheckpointMetadata, damagedMetadata } from "../../run/checkpoints/metadata.ts";
import {
  allCheckpoints,
  checkpointsWith,
  limits,
  prune,
  removeCheckpoints,
} from "../../run/checkpoints/prune.ts";
import {
  command,
  countFor,
  type GivenOptions,
  print,
  report,
  settingsOfRound,
  withOwnCluster,
  withSettings,
} from "../command/command.ts";
import { noted } from "../command/note.ts";
import { type Agreement, exitCodeOf, isTelling, prove } from "../../rounds/checkpoints/prove.ts";

/** `checkpoints`: what is saved, and its removal. */
export function checkpointsCommand(): Command {
  const made = command(
    "checkpoints",
    "list the saved states that runs can start from; --resume, `pnpm guide try` and `pnpm repro` use them",
  );
  return made
    .enablePositionalOptions()
    .argument("[key...]", "with --remove: keys, or the beginnings of keys")
    .option("--remove", "remove these checkpoints; without a key, all of them")
    .option(
      "--prune",
      `remove the longest unused until at most ${limits.number}, and ${limits.bytes / 2 ** 30} GiB, are left`,
    )
    .action(async (keys: string[], options: { remove?: boolean; prune?: boolean; json?: boolean }) => {
      using context = interruptions("What is not removed is left whole.");
      if (keys.length > 0 && !options.remove) {
        await checkpointsWith(keys, context);
        throw new UsageError("Keys name checkpoints to remove", { hint: "Add --remove." });
      }
      if (options.remove && options.prune) {
        throw new UsageError("--remove removes what is named, and --prune what is longest unused", {
          hint: "Leave one of them out.",
        });
      }
      if (options.remove || options.prune) {
        const { removed, problems } = options.remove
          ? await removeCheckpoints(keys, context)
          : await prune(context);
        report(
          options.json,
          { removed: removed.map(shownKey) },
          () => (removed.length === 0 ? "There is nothing to remove." : `${removed.length} removed.`),
          problems,
        );
        return;
      }
      const { whole, bytes, problems } = await allCheckpoints(context);
      const damaged = (await damagedMetadata()).map((damage) =>
        damagedError(damage, {
          message: "A checkpoint cannot be used, because its metadata cannot be read",
          hint: "`pnpm gc` removes it.",
        }),
      );
      const shown = () => [
        whole.length > 0 && "key       saved at (UTC)    steps  saved in  after",
        ...whole
          .toSorted((a, b) => a.steps - b.steps || a.savedAt.localeCompare(b.savedAt))
          .map(
            ({ key, savedAt, steps, after, milliseconds, lost, provider, cluster }) =>
              `${shownKey(key)}  ${savedAt.slice(0, 16).replace("T", " ")}  ${String(steps).padStart(5)}  ${String(milliseconds).padStart(5)} ms  ${after}${cluster === undefined ? "" : `  (cluster ${cluster} of ${provider})`}${lost ? "  (does not survive a reboot)" : ""}`,
          ),
        `${whole.length} checkpoints; the pool they are in takes ${size(bytes)}.`,
      ];
      const checkpoints = whole.map(withoutPlaces);
      report(options.json, { checkpoints, bytes }, shown, [...problems, ...damaged]);
    })
    .addCommand(proveCommand());
}

/** `checkpoints prove`: whether a run says the same wherever it starts. */
function proveCommand(): Command {
  const made = withSettings(
    command(
      "prove",
      "run from the beginning, then from each checkpoint of that run; all must give the same result",
    ),
  ).option("--jobs <n>", "how many to run at once, each on machines of its own", countFor("--jobs"), 2);
  return withOwnCluster(made).action(async (options: GivenOptions & { jobs: number; json?: boolean }) => {
    const settings = await settingsOfRound(options);
    using interruption = interruptions("The machines of its runs are removed.");
    const { verdict, agreements } = await prove(settings, options.jobs, said, interruption.signal, noted);
    const resumed = agreements.filter(({ passedOver }) => !passedOver);
    const agree = resumed.filter((one) => isTelling(one) && one.contradictions.length === 0).length;
    print(options.json, { verdict, agree, of: resumed.length, agreements }, () => [
      `From the beginning: ${verdict}.`,
      `${agree} of ${resumed.length} resumed runs gave the same result, test for test.`,
      resumed.length === 0 && "No run began from a checkpoint: nothing was compared.",
      ...resumed.map(
        (one) =>
          !isTelling(one) &&
          `Of the checkpoint after ${one.after} nothing can be said: ${one.verdict} (${one.run}).`,
      ),
      ...agreements.map(
        ({ passedOver, after }) =>
          passedOver && `No run starts after ${after}: machines do not survive a reboot there.`,
      ),
    ]);
    process.exitCode = exitCodeOf(agreements);
  });
}

function said(agreement: Agreement): void {
  const { after, seconds, verdict, passedOver, contradictions } = agreement;
  const agrees = passedOver
    ? chalkStderr.yellow("skipped")
    : isTelling(agreement)
      ? chalkStderr.green("agrees")
      : chalkStderr.red(verdict);
  const mark = contradictions.length === 0 ? agrees : chalkStderr.red("disagrees");
  const lines = [`${mark}  ${after}  ${seconds.toFixed(0)} s`, ...contradictions];
  noted.note(lines.join("\n    "));
}

/** A shell's environment is nobody's business. */
const withoutPlaces = (metadata: CheckpointMetadata): object => ({
  ...metadata,
  key: shownKey(metadata.key),
  places: undefined,
});

/** The beginning of a key, enough for --remove; the whole one looks like a secret and would be redacted. */
export const shownKey = (key: string): string => key.slice(0, 8);
