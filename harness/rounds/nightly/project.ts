import { appendFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import chalk from "chalk";
import { Deadlines } from "../../deadlines.ts";
import { UsageError } from "../../errors.ts";
import { projectRoot, stateRoot } from "../../host/paths.ts";
import { jobAddress } from "../../report/html/context.ts";
import { gitCommit } from "../../run/workflow.ts";
import { flakesOf } from "./history/flakes.ts";
import { nightly } from "./nightly.ts";
import { table } from "./page/table.ts";
import { trendOf } from "./history/trend.ts";

export type Asked = { readonly history: string; readonly keepRuns: number; readonly trend: number };

/** A night of this project: its exit code, and its end for a program and for a person. Adds to GitHub's summary of the job. */
export async function projectNight(
  e2eOptions: readonly string[],
  { history, keepRuns, trend }: Asked,
): Promise<{ readonly exitCode: number; readonly document: object; readonly text: string }> {
  if (e2eOptions.includes("--keep")) {
    throw new UsageError("A nightly removes its machines; --keep is not for it", {
      hint: "`pnpm e2e --keep` leaves them running.",
    });
  }
  const { nights, exitCode, night, lost, removed } = await nightly({
    history: resolve(projectRoot, history),
    reports: join(projectRoot, "reports"),
    lock: join(stateRoot(), "nightly.lock"),
    keepRuns,
    trendOver: trend,
    e2e: [process.execPath, "scripts/e2e.ts", "--json", ...e2eOptions],
    gc: [process.execPath, "harness/cli/cli.ts", "gc", "--json"],
    commit: await gitCommit(),
    url: jobAddress(),
    endDeadline: new Deadlines().for("childEnd"),
    say: (line) => void process.stderr.write(`${chalk.dim("nightly")}  ${line}\n`),
  });
  const text = table(nights, trend);
  const summary = process.env["GITHUB_STEP_SUMMARY"];
  if (summary) await appendFile(summary, `\n\`\`\`text\n${stripVTControlCharacters(text)}\n\`\`\`\n`);
  const [trendNow, flakes] = [trendOf(nights, trend), flakesOf(nights)];
  return { exitCode, document: { exitCode, history, night, lost, removed, trend: trendNow, flakes }, text };
}
