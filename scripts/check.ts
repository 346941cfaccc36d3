import { $, chalk, minimist } from "zx";

/** Everything that can be said of the code without running it. Exit 1 if one check fails; all run. */
const options = minimist(process.argv.slice(2), { boolean: ["json", "help", "fix"] });
if (options["help"]) {
  console.log(
    "pnpm check [--fix] [--json]: format, lint with types, types, dead code, imports between folders, facts of a guide in code, shell",
  );
  process.exit(0);
}
const bin = (name: string): string => `node_modules/.bin/${name}`;
const checks: readonly (readonly [string, string[]])[] = [
  ["format", [bin("oxfmt"), ...(options["fix"] ? [] : ["--check"]), "."]],
  ["lint", [bin("oxlint"), "--deny-warnings", ...(options["fix"] ? ["--fix"] : [])]],
  ["types", [bin("tsc"), "--noEmit", "--project", "."]],
  // Its parser would ask for 6 GiB at once, which a host of 4 GiB refuses.
  ["dead code", ["env", "KNIP_DISABLE_RAW_TRANSFER=1", bin("knip")]],
  ["imports", [process.execPath, "harness/architecture.ts"]],
  ["shell", [process.execPath, "harness/machines/centos7/shellcheck.ts"]],
];
/** Exit code of a check that could not be made. */
const skipped = 77;
const results = [];
for (const [name, command] of checks) {
  const result = await $({ nothrow: true, quiet: true })`${command}`;
  const passed = result.exitCode === 0 || result.exitCode === skipped;
  results.push({ name, passed, skipped: result.exitCode === skipped, seconds: result.duration / 1000 });
  if (!options["json"]) {
    const word = passed ? chalk.green(result.exitCode === 0 ? "passed" : "skipped") : chalk.red("failed");
    console.log(`${word}  ${name}`);
  }
  if (result.exitCode !== 0) console.error(result.text());
}
if (options["json"]) console.log(JSON.stringify({ checks: results }, null, 2));
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
