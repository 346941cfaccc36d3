import { appendFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import { join, resolve } from "node:path";
import { chalk } from "zx";
import {
  command,
  countFor,
  gitCommit,
  main,
  print,
  projectRoot,
  stateRoot,
  UsageError,
} from "../harness/index.ts";
import { flakesOf } from "../harness/rounds/nightly/flakes.ts";
import { nightly } from "../harness/rounds/nightly/nightly.ts";
import { table } from "../harness/rounds/nightly/table.ts";
import { trendOf } from "../harness/rounds/nightly/trend.ts";

type Options = { history: string; keepRuns: number; trend: number; json?: boolean };

/** A child that was told to end tears three machines down: a second or two, more on a busy host. */
const patience = 120_000;

/** The whole run, every night: what earlier nights left is removed, this one is added to the history. */
await main(
  command("nightly", "clean up, run e2e, keep a history with trend and flakes, thin out the reports")
    .usage("[options] [e2e's options]")
    .option("--history <file>", "the history; its page and its marker lie beside it", "reports/history.json")
    .option(
      "--keep-runs <n>",
      "reports to keep; the newest failures stay in any case",
      countFor("--keep-runs"),
      14,
    )
    .option("--trend <n>", "green nights before that the duration is compared with", countFor("--trend"), 7)
    .argument("[e2e-options...]", "all other options are those of `pnpm e2e --help`")
    .allowUnknownOption()
    .action(async (passedOn: readonly string[], { history, keepRuns, trend, json }: Options) => {
      if (passedOn.includes("--keep")) {
        throw new UsageError("A nightly removes its machines; --keep is not for it", {
          hint: "`pnpm e2e --keep` leaves them running.",
        });
      }
      const result = await nightly({
        history: resolve(projectRoot, history),
        reports: join(projectRoot, "reports"),
        lock: join(stateRoot(), "nightly.lock"),
        keepRuns,
        trendOver: trend,
        e2e: [process.execPath, "scripts/e2e.ts", "--json", ...passedOn],
        gc: [process.execPath, "harness/cli/cli.ts", "gc", "--json"],
        commit: await gitCommit(),
        patience,
        say: (line) => void process.stderr.write(`${chalk.dim("nightly")}  ${line}\n`),
      });
      const { nights, exitCode } = result;
      const text = table(nights, trend);
      // A page of its own in GitHub's summary of the job.
      const summary = process.env["GITHUB_STEP_SUMMARY"];
      if (summary) await appendFile(summary, `\n\`\`\`text\n${stripVTControlCharacters(text)}\n\`\`\`\n`);
      const { night, lost, removed } = result;
      const flakes = flakesOf(nights);
      print(
        json,
        { exitCode, history, night, lost, removed, trend: trendOf(nights, trend), flakes },
        () => text,
      );
      process.exitCode = exitCode;
    }),
);
