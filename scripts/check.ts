import { $, chalk, minimist } from "zx";

/** Everything that can be said of the code without running it. Exit 1 if one check fails; all run. */
const options = minimist(process.argv.slice(2), { boolean: ["json", "help", "fix"] });
if (options["help"]) {
  console.log("pnpm check [--fix] [--json]: format, lint with types, types, dead code, import boundaries");
  process.exit(0);
}
const checks: readonly (readonly [string, string[]])[] = [
  ["format", ["oxfmt", ...(options["fix"] ? [] : ["--check"]), "."]],
  ["lint", ["oxlint", "--deny-warnings", ...(options["fix"] ? ["--fix"] : [])]],
  ["types", ["tsc", "--noEmit", "--project", "."]],
  ["dead code", ["knip"]],
];
const bin = (name: string): string => `node_modules/.bin/${name}`;
const results = [];
for (const [name, [tool = "", ...args]] of checks) {
  const result = await $({ nothrow: true, quiet: true })`${bin(tool)} ${args}`;
  results.push({ name, passed: result.exitCode === 0, seconds: result.duration / 1000 });
  if (!options["json"]) {
    console.log(`${result.exitCode === 0 ? chalk.green("passed") : chalk.red("failed")}  ${name}`);
  }
  if (result.exitCode !== 0) console.error(result.text());
}
if (options["json"]) console.log(JSON.stringify({ checks: results }, null, 2));
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
