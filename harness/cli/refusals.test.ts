import { readdir } from "node:fs/promises";
import { join } from "node:path";
import chalk, { chalkStderr } from "chalk";
import { execa } from "execa";
import { afterEach, expect, test, vi } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { ArtifactError, InfrastructureError } from "../errors.ts";
import { print, report } from "./command/base.ts";
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
  ["report --serve --json", "--serve goes on until Ctrl-C"],
  ["shell t71 --json --cluster none-such", "unknown option '--json'"],
  ["checkpoints none-such", "There is no checkpoint none-such"],
  ["guide check --json --format sarif --edits none", "--json and --format sarif contradict each other"],
  ["checkpoints abc --remove --prune", "--remove removes what is named"],
  ["chaos 3 --rounds 5 --seed 7 --provider vagrant", "--rounds says how many rounds"],
  ["report --port 8080", "--port is for --serve"],
  ["report mutnats", 'did you mean "mutants"?'],
  ["report none-such", 'No run has "none-such" in its id'],
  ["guide ablate --section 2.44", 'did you mean "2.4.4"?'],
  ["guide ablate 2.4.4/start-etc", 'did you mean "2.4.4/start-etcd"?'],
  ["guide ablate --write-docs --guide README.md", "--write-docs"],
  ["repro --write-docs --guide README.md", "--write-docs"],
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
  const { exitCode, stdout, stderr } = await typed(line.split(" "));
  // With --json an error is a document, too.
  expect(line.includes("--json") ? stdout + stderr : stderr).toContain(message);
  // Which is found out by work that a slip of the hand need not wait for.
  expect(stderr).not.toContain("Artifact set ");
  expect(exitCode).toBe(2);
});

test.each([
  ["plan --json --bogus", "unknown option '--bogus'"],
  ["guide chekc --json", "unknown command 'chekc'"],
  ["down --json now", "too many arguments"],
])("%s: what cannot be parsed is one document, too", async (line, message) => {
  const { exitCode, stdout } = await typed(line.split(" "));
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: "usage",
    error: { message: expect.stringContaining(message) },
  });
  expect(exitCode).toBe(2);
});

test("what a command after -- is told is none of ours", async () => {
  const { exitCode, stdout, stderr } = await typed("shell --bogus t71 -- kubectl --json".split(" "));
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain("unknown option '--bogus'");
});

test.each(["guide", "artifacts"])(
  "%s without a word lists what it holds, which is no error",
  async (name) => {
    const { exitCode, stdout, stderr } = await typed([name]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("Commands:");
  },
);

test.each([
  [{ NO_COLOR: "1", FORCE_COLOR: undefined }, 0],
  [{ NO_COLOR: "", FORCE_COLOR: undefined }, 1],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, 1],
])("with %o commands print in colours: %i", async (env, level) => {
  const before = [chalk.level, chalkStderr.level] as const;
  try {
    [chalk.level, chalkStderr.level] = [1, 1];
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { stderr } = await typed(["plan", "--edits", "none-such"]);
    expect([chalk.level, chalkStderr.level]).toEqual([level, level]);
    expect(stderr.includes("\u001B[")).toBe(level > 0);
  } finally {
    vi.unstubAllEnvs();
    [chalk.level, chalkStderr.level] = before;
  }
});

test("a step that is not in the guide is rejected before anybody looks for artifacts", async () => {
  const { exitCode, stderr } = await typed(["guide", "ablate", "9.9/x"]);
  expect(stderr).toContain("There is no step 9.9/x in the plan");
  expect(stderr).not.toContain("Artifact set");
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

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** What is written while something is done. */
function writtenBy(work: () => void): string {
  const texts: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => texts.push(String(text)) > 0);
  work();
  vi.restoreAllMocks();
  return texts.join("");
}

test("of several problems the gravest decides the exit code, whichever comes first", () => {
  const problems = [new ArtifactError("a"), new InfrastructureError("b"), new ArtifactError("c")];
  writtenBy(() => report(false, {}, () => "", problems));
  expect(process.exitCode).toBe(4);
});

test("a terminal obeys nothing of what a command prints, and keeps its colours", () => {
  const told = writtenBy(() => print(false, {}, () => "\u001B[31ma\u001B[39m\u001B[2Jb"));
  expect(told).toBe("\u001B[31ma\u001B[39mb\n");
});
