import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";

// The second mistake in a line ends the command if the first is overlooked: no machine is made.
test.each([
  ["scripts/e2e.ts --continue --edits none", "--continue needs --as-written"],
  ["harness/cli/cli.ts mutants --list --jobs 3", "--list does not take --jobs"],
  ["harness/cli/cli.ts mutants --continue --list", "--list does not take --continue"],
  ["harness/cli/cli.ts mutants --list --all", "unknown option '--all'"],
  ["harness/cli/cli.ts repro --list --all", "--list does not take --all"],
  ["harness/cli/cli.ts repro --list --jobs 3", "--list does not take --jobs"],
  ["harness/cli/cli.ts repro --list --write-docs", "--list does not take --write-docs"],
  ["harness/cli/cli.ts repro docker-options-nam", 'did you mean "docker-options-name"?'],
  ["harness/cli/cli.ts repro docker-options-name --all", "--all runs the whole catalogue"],
  ["harness/cli/cli.ts repro docker-options-name --jobs 2", "--jobs is for a round of several install bugs"],
  ["harness/cli/cli.ts repro --write-docs --fix", "--fix needs an install bug"],
  ["harness/cli/cli.ts chaos 3 --provider vagrant", "A round by its number needs --seed"],
  ["harness/cli/cli.ts chaos three --seed 7 --provider vagrant", 'not "three"'],
  ["harness/cli/cli.ts chaos --provider vagrant --rounds 1 --offline", "Faults cannot be injected"],
  ["harness/cli/cli.ts chaos --shard 1/2 --provider vagrant", "--shard needs --seed"],
  ["harness/cli/cli.ts mutants --shard 4/3 --edits none", "--shard takes I/N, such as 1/3"],
  [
    "harness/cli/cli.ts repro docker-options-name --shard 1/2",
    "--shard is for a round of several install bugs",
  ],
  ["harness/cli/cli.ts guide ablate --shard 1/2 --write-docs", "is about all steps"],
  ["harness/cli/cli.ts shell t71 --cluster none-such", "There is no running cluster none-such"],
  ["harness/cli/cli.ts shell t71 --cluster none-such -- ls -l", "There is no running cluster none-such"],
  ["harness/cli/cli.ts guide walk --edits none", "A walk needs a terminal"],
  ["harness/cli/cli.ts guide update-output none-such", "none-such in its id"],
  ["harness/cli/cli.ts report merge /no/such", "There is no record of a round in /no/such"],
])("%s: %s", async (line, message) => {
  const [script = "", ...words] = line.split(" ");
  const { exitCode, stderr } = await execa(process.execPath, [join(projectRoot, script), ...words], {
    reject: false,
  });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test.each([
  ["e2e --suite foo", "There is no suite foo"],
  ["e2e --suite netwrok", 'did you mean "network"?'],
  ["e2e --checkpoint 2.4.4/start-etc", "There is no step 2.4.4/start-etc in the plan"],
  ["e2e --resume 2.4.4/start-etc", 'did you mean "2.4.4/start-etcd"? `pnpm plan` lists the steps.'],
  ["e2e --as-written etcd-enable-typ", 'did you mean "etcd-enable-typo"?'],
  ["e2e --as-written --resume", "starts from the beginning"],
  ["e2e --cluster A_B", '"A_B" cannot name a cluster'],
  ["up --cluster A_B", '"A_B" cannot name a cluster'],
  ["suite etcd --cluster none-such", "There is no running cluster none-such"],
  ["apply --cluster none-such", "There is no running cluster none-such"],
])("%s is no run: it leaves no report", async (line, message) => {
  const [name = "", ...words] = line.split(" ");
  const running = execa(
    process.execPath,
    [join(projectRoot, `scripts/${name}.ts`), ...words, "--artifacts", "debian"],
    { reject: false },
  );
  const { exitCode, stderr } = await running;
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  const runs = await readdir(join(projectRoot, "reports"));
  expect(runs.filter((run) => run.endsWith(`-${running.pid}`))).toEqual([]);
});
