import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";

// The second mistake in a line ends the command if the first is overlooked: no machine is made.
test.each([
  ["scripts/e2e.ts --continue --edits none", "--continue needs --as-written"],
  ["harness/cli/mutants.ts --list --jobs 3", "--list does not take --jobs"],
  ["harness/cli/mutants.ts --continue --list", "--list does not take --continue"],
  ["harness/cli/mutants.ts --list --all", "unknown option '--all'"],
  ["harness/cli/repro.ts --list --all", "--list does not take --all"],
  ["harness/cli/repro.ts --list --jobs 3", "--list does not take --jobs"],
  ["harness/cli/repro.ts --list --write-docs", "--list does not take --write-docs"],
  ["harness/cli/repro.ts docker-options-name --all", "--all means all of the catalogue"],
  ["harness/cli/repro.ts docker-options-name --jobs 2", "--jobs is for a round of several install bugs"],
  ["harness/cli/repro.ts --write-docs --fix", "--fix needs an install bug"],
  ["harness/cli/cli.ts chaos --round 3 --provider vagrant", "--round needs --seed"],
])("%s: %s", async (line, message) => {
  const [script = "", ...words] = line.split(" ");
  const { exitCode, stderr } = await execa(process.execPath, [join(projectRoot, script), ...words], {
    reject: false,
  });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
