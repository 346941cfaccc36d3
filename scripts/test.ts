import { $, minimist } from "zx";

/** `pnpm check`, then the unit and hermetic tests. Exit 1 if either fails. */
const options = minimist(process.argv.slice(2), {
  boolean: ["json", "help"],
  unknown(word) {
    if (!word.startsWith("-")) return true;
    console.error(`usage: pnpm test does not know ${word}; it takes --json, --help and names of test files`);
    return process.exit(2);
  },
});
if (options["help"]) {
  console.log(
    "pnpm test [--json] [vitest's filters]: pnpm check, then unit and hermetic tests. Exit codes: 0 passed, 1 failed.",
  );
  process.exit(0);
}
const run = $({ stdio: "inherit", nothrow: true });
const quiet = options["json"] ? ["--json"] : [];
const say = (line: string): void => {
  if (!options["json"]) console.error(line);
};
const seconds = (): string => `${(performance.now() / 1000).toFixed(0)} s`;
say("part 1 of 2: pnpm check");
const check = await run`${process.execPath} scripts/check.ts ${quiet}`;
const reporters = options["json"] ? ["--reporter=json"] : ["--reporter=default", "--reporter=json"];
const file = options["json"] ? [] : ["--outputFile.json=reports/unit.json"];
const vitest = ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...file, ...options._];
say(`part 2 of 2, after ${seconds()}: unit and hermetic tests`);
const tests = await run`${process.execPath} ${vitest}`;
say(`both parts ended after ${seconds()}`);
if (check.exitCode !== 0) console.error("pnpm check failed: its findings are above the tests");
process.exitCode = check.exitCode === 0 && tests.exitCode === 0 ? 0 : 1;
