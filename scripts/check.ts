import { $, chalk, minimist, which } from "zx";

/** Everything that can be said of the code without running it. Exit 1 if one check fails; all run. */
const options = minimist(process.argv.slice(2), {
  boolean: ["json", "help", "fix"],
  unknown(word) {
    console.error(`usage: pnpm check does not know ${word}; it takes --fix, --json and --help`);
    process.exit(2);
  },
});
if (options["help"]) {
  console.log(
    "pnpm check [--fix] [--json]: format, lint with types, types, dead code, imports between folders, facts of a guide in code, shell, workflows, units of systemd; a browser for the tests of pages",
  );
  process.exit(0);
}
const bin = (name: string): string => `node_modules/.bin/${name}`;
/** Name, command, and the program that not every host has. */
const checks: readonly (readonly [string, string[], string?])[] = [
  ["format", [bin("oxfmt"), ...(options["fix"] ? [] : ["--check"]), "."]],
  ["lint", [bin("oxlint"), "--deny-warnings", ...(options["fix"] ? ["--fix"] : [])]],
  ["types", [bin("tsc"), "--noEmit", "--project", "."]],
  // Its parser would ask for 6 GiB at once, which a host of 4 GiB refuses.
  ["dead code", ["env", "KNIP_DISABLE_RAW_TRANSFER=1", bin("knip")]],
  ["imports", [process.execPath, "harness/architecture.ts"]],
  ["shell", [process.execPath, "harness/machines/centos7/shellcheck.ts"]],
  ["workflows", ["actionlint", "-no-color"], "actionlint"],
  ["units", [process.execPath, "scripts/verify-units.ts"], "systemd-analyze"],
  ["browser", [process.execPath, "scripts/chromium.ts"]],
];
/** Exit code of a check that could not be made. */
const skipped = 77;
type Outcome = "passed" | "failed" | "skipped";
const outcomes = new Map<number | null, Outcome>([
  [0, "passed"],
  [skipped, "skipped"],
]);
const colours = { passed: chalk.green, failed: chalk.red, skipped: chalk.yellow };
const results: { readonly name: string; readonly outcome: Outcome; readonly seconds: number }[] = [];
const run = $({ nothrow: true, quiet: true });
for (const [index, [name, command, program]] of checks.entries()) {
  if (!options["json"]) console.error(chalk.dim(`[${index + 1} of ${checks.length}] ${name} …`));
  const isThere = program === undefined || (await which(program, { nothrow: true })) !== null;
  const result = isThere
    ? await run`${command}`
    : await run`echo ${`There is no ${program} on this host.`}; exit ${skipped}`;
  const outcome = outcomes.get(result.exitCode) ?? "failed";
  const seconds = result.duration / 1000;
  results.push({ name, outcome, seconds });
  if (!options["json"]) console.log(`${colours[outcome](outcome)}  ${name}  ${seconds.toFixed(1)} s`);
  if (outcome !== "passed") console.error(result.text());
}
const counted = (wanted: Outcome): number => results.filter(({ outcome }) => outcome === wanted).length;
if (options["json"]) console.log(JSON.stringify({ checks: results }, null, 2));
else console.log(`${counted("passed")} passed, ${counted("failed")} failed, ${counted("skipped")} skipped`);
process.exitCode = counted("failed") === 0 ? 0 : 1;
