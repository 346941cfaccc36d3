import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../paths.ts";

// The second mistake in a line ends the command if the first is overlooked: no machine is made.
test.each([
  ["scripts/e2e.ts --continue --edits none", "--continue needs --as-written"],
  ["scripts/mutants.ts --list --jobs 3", "--list does not take --jobs"],
  ["scripts/mutants.ts --continue --list", "--list does not take --continue"],
  ["scripts/mutants.ts --list --all", "unknown option '--all'"],
  ["scripts/repro.ts --list --all", "--list does not take --all"],
  ["scripts/repro.ts --list --jobs 3", "--list does not take --jobs"],
  ["scripts/repro.ts --list --write-docs", "--list does not take --write-docs"],
  ["scripts/repro.ts docker-options-name --all", "--all means all of the catalogue"],
  ["scripts/repro.ts docker-options-name --jobs 2", "--jobs is for a round of several install bugs"],
  ["scripts/repro.ts --write-docs --fix", "--fix needs an install bug"],
  ["harness/cli.ts chaos --round 3 --provider vagrant", "--round needs --seed"],
])("%s: %s", async (line, message) => {
  const [script = "", ...words] = line.split(" ");
  const { exitCode, stderr } = await execa(process.execPath, [join(projectRoot, script), ...words], {
    reject: false,
  });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
