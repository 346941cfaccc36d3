import { fs } from "zx";

/**
 * Prints how many unit tests, steps, milestone tests and tests of virtual machines passed and failed when each was last
 * run here.
 */
type Outcomes = { readonly outcome: string }[];
const unit = fs.readJsonSync("reports/unit.json", { throws: false });
const run = fs.readJsonSync("reports/latest/run.json", { throws: false });
const virtual = fs.readJsonSync("reports/virtual.json", { throws: false });
if (!unit || !run) {
  console.error(
    "tally: reports/unit.json or reports/latest/run.json is missing: a command did not run to its end",
  );
}
const outcomes: Outcomes = [...(run?.steps ?? []), ...(run?.tests ?? [])];
const count = (wanted: (outcome: string) => boolean): number =>
  outcomes.filter(({ outcome }) => wanted(outcome)).length;
const passed =
  (unit?.numPassedTests ?? 0) + (virtual?.numPassedTests ?? 0) + count((outcome) => outcome === "passed");
const failed =
  (unit?.numFailedTests ?? 1) +
  (virtual?.numFailedTests ?? 0) +
  count((outcome) => outcome === "failed" || outcome === "error") +
  (run && run.verdict === "passed" ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
