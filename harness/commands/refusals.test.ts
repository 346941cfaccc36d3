import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../paths.ts";

// The second mistake in a line ends the command if the first is overlooked: no machine is made.
test.each([
  ["scripts/e2e.ts --continue --edits none", "--continue needs --as-written"],
  ["harness/cli.ts chaos --round 3 --provider vagrant", "--round needs --seed"],
])("%s: %s", async (line, message) => {
  const [script = "", ...words] = line.split(" ");
  const { exitCode, stderr } = await execa(process.execPath, [join(projectRoot, script), ...words], {
    reject: false,
  });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
