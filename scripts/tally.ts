import { fs } from "zx";

/** Prints how many unit tests, steps and milestone tests passed and failed in the last test and end-to-end run. */
type Outcomes = { readonly outcome: string }[];
const unit = fs.readJsonSync("reports/unit.json", { throws: false });
const run = fs.readJsonSync("reports/latest/run.json", { throws: false });
if (!unit || !run) {
  console.error(
    "tally: reports/unit.json or reports/latest/run.json is missing: a command did not run to its end",
  );
}
const outcomes: Outcomes = [...(run?.steps ?? []), ...(run?.tests ?? [])];
const count = (wanted: (outcome: string) => boolean): number =>
  outcomes.filter(({ outcome }) => wanted(outcome)).length;
const passed = (unit?.numPassedTests ?? 0) + count((outcome) => outcome === "passed");
const failed =
  (unit?.numFailedTests ?? 1) +
  count((outcome) => outcome === "failed" || outcome === "error") +
  (run && run.verdict === "passed" ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
