import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { typed } from "./command/testing.ts";

// The second mistake in a line ends the command if the first is overlooked: no machine is made.
test.each([
  ["mutants --list --jobs 3", "--list does not take --jobs"],
  ["mutants --continue --list", "--list does not take --continue"],
  ["mutants --list --all", "unknown option '--all'"],
  ["repro --list --all", "--list does not take --all"],
  ["repro --list --jobs 3", "--list does not take --jobs"],
  ["repro --list --write-docs", "--list does not take --write-docs"],
  ["repro docker-options-nam", 'did you mean "docker-options-name"?'],
  ["repro docker-options-name --all", "--all runs the whole catalogue"],
  ["repro docker-options-name --jobs 2", "--jobs is for a round of several install bugs"],
  ["repro --write-docs --fix", "--fix needs an install bug"],
  ["chaos 3 --provider vagrant", "A round by its number needs --seed"],
  ["chaos three --seed 7 --provider vagrant", 'not "three"'],
  ["chaos --provider vagrant --rounds 1 --offline", "Faults cannot be injected"],
  ["chaos --shard 1/2 --provider vagrant", "--shard needs --seed"],
  ["mutants --shard 4/3 --edits none", "--shard takes I/N, such as 1/3"],
  ["repro docker-options-name --shard 1/2", "--shard is for a round of several install bugs"],
  ["guide ablate --shard 1/2 --write-docs", "is about all steps"],
  ["shell t71 --cluster none-such", "There is no running cluster none-such"],
  ["shell t71 --cluster none-such -- ls -l", "There is no running cluster none-such"],
  ["shell t71 kubectl get pods -o wide", "go after `--`: pnpm shell MACHINE -- kubectl"],
  ["down --cluster none-such", "There is no cluster none-such"],
  ["snapshot save x --cluster none-such", "There is no cluster none-such"],
  ["reset --cluster none-such", "There are no hosts of a cluster none-such"],
  ["inventory --cluster none-such", "There is no running cluster none-such"],
  ["status --cluster none-such", "There is no cluster none-such"],
  ["plan --cluster A_B", '"A_B" cannot name a cluster'],
  ["report --port 8080", "--port is for --serve"],
  ["report mutnats", 'did you mean "mutants"?'],
  ["report none-such", 'No run has "none-such" in its id'],
  ["guide ablate --section 2.44", 'did you mean "2.4.4"?'],
  ["guide ablate 2.4.4/start-etc", 'did you mean "2.4.4/start-etcd"?'],
  ["guide bisect --good a --bad b --milestone netwrok", 'did you mean "network"?'],
  ["plan --provider vagrnat", 'did you mean "vagrant"?'],
  ["plan --artifacts debain", 'did you mean "debian"?'],
  ["artifacts fetch --artifacts upstraem", 'did you mean "upstream"?'],
  ["guide walk --edits none", "A walk needs a terminal"],
  ["guide update-output none-such", "none-such"],
  ["guide watch none-such", "none-such"],
  ["snapshot freeze x", "Allowed choices are save, restore."],
  ["report merge /no/such", "There is no record of a round in /no/such"],
])("%s: %s", async (line, message) => {
  const { exitCode, stderr } = await typed(line.split(" "));
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test.each([
  ["check --fxi", "does not know --fxi"],
  ["check fix", "does not know fix"],
  ["test --fix", "does not know --fix"],
])("%s runs nothing", async (line, message) => {
  const [name = "", ...words] = line.split(" ");
  const { exitCode, stderr } = await execa(
    process.execPath,
    [join(projectRoot, `scripts/${name}.ts`), ...words],
    { reject: false },
  );
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

test.each([
  ["e2e --continue --edits none", "--continue needs --as-written"],
  ["e2e --suite foo", "There is no suite foo"],
  ["e2e --suite netwrok", 'did you mean "network"?'],
  ["e2e --checkpoint 2.4.4/start-etc", "There is no step 2.4.4/start-etc in the plan"],
  ["e2e --resume 2.4.4/start-etc", 'did you mean "2.4.4/start-etcd"? `pnpm plan` lists the steps.'],
  ["e2e --as-written etcd-enable-typ", 'did you mean "etcd-enable-typo"?'],
  ["e2e --as-written --resume", "starts from the beginning"],
  ["e2e --cluster A_B", '"A_B" cannot name a cluster'],
  ["up --cluster A_B", '"A_B" cannot name a cluster'],
  ["suite etcd --cluster none-such", "There is no running cluster none-such"],
  ["suite netwrok --cluster none-such", 'did you mean "network"?'],
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
