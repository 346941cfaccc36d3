import { fs } from "zx";
import { isRed, type Outcome } from "../harness/record/outcome.ts";

/**
 * `tally.ts EXIT_CODE…`: prints how many unit tests, steps and milestone tests passed and failed in the last test and
 * end-to-end run. A command's exit code other than 0 counts as failed: `pnpm check` has no tests.
 */
const commands = process.argv.slice(2).filter((code) => code !== "0");
type Outcomes = { readonly outcome: Outcome }[];
const unit = fs.readJsonSync("reports/unit.json", { throws: false });
const run = fs.readJsonSync("reports/latest/run.json", { throws: false });
if (!unit || !run) {
  console.error(
    "tally: reports/unit.json or reports/latest/run.json is missing: a command did not run to its end",
  );
}
const outcomes: Outcomes = [...(run?.steps ?? []), ...(run?.tests ?? [])];
const passed = (unit?.numPassedTests ?? 0) + outcomes.filter(({ outcome }) => outcome === "passed").length;
const failed = (unit?.numFailedTests ?? 0) + outcomes.filter(isRed).length + commands.length;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && unit && run ? 0 : 1;
