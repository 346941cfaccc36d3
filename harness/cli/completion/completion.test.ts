import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setNames } from "../../choices.ts";
import { projectRoot } from "../../host/paths.ts";

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "completion-"));
  script = join(folder, "complete.bash");
  const made = await execa(process.execPath, ["scripts/guide-conformance.ts", "completion", "bash"], {
    cwd: projectRoot,
  });
  await writeFile(script, made.stdout);
  await mkdir(join(folder, "state/k8s-guide-conformance/applied"), { recursive: true });
  await writeFile(join(folder, "state/k8s-guide-conformance/applied/mine.json"), "{}");
});
afterAll(() => rm(folder, { recursive: true }));

/** What bash offers for a line, without what a person's own bashrc says of it, its last word under the cursor; words are split as readline splits them, also at `=`. */
async function offered(line: string, { cwd = projectRoot, before = "" } = {}): Promise<string[]> {
  const words = line.split(/ |(?<==)|(?==)/);
  const run = `
    ${before}
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _guide_conformance "$1" "\${!#}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await execa("bash", ["--norc", "-uc", run, "bash", script, ...words], {
    cwd,
    env: { XDG_STATE_HOME: join(folder, "state") },
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

test("the script has no variable that is zsh's own, such as path, which is its PATH", async () => {
  const own = /\b(?:argv|cdpath|fpath|funcstack|options|path|pipestatus|status|words)=/;
  expect(await readFile(script, "utf8")).not.toMatch(own);
});

describe("bash completes", () => {
  test.each([
    ["pnpm e2", ["e2e"]],
    ["pnpm run do", ["doctor", "down"]],
    ["npm run -s che", ["checkpoints", "check"]],
    ["pnpm e2e --keep --res", ["--resume"]],
    ["pnpm -s guide tr", ["try"]],
    ["pnpm guide try --fre", ["--fresh"]],
    ["pnpm suite --rerun", ["--rerun-failed"]],
    ["pnpm suite etcd fla", ["flannel"]],
    ["pnpm e2e --suite etcd --keep --suite flannel pin", ["ping"]],
    ["pnpm e2e --artifacts ", [...setNames]],
    ["pnpm e2e --artifacts=so", ["source"]],
    ["pnpm e2e --artifacts=", [...setNames]],
    ["pnpm e2e --provider n", ["nspawn"]],
    ["pnpm guide check --format s", ["sarif"]],
    ["pnpm down --cluster ", ["mine"]],
    ["pnpm e2e --deadline ", []],
    ["pnpm plan --guide READ", ["README.md"]],
    ["pnpm guide-conformance suite --gr", ["--grep"]],
    ["npm run e2e --ke", ["--"]],
    ["npm run e2e -- --ke", ["--keep"]],
    ["npm run e2e -- --artifacts de", ["debian"]],
    ["pnpm guide-conformance completion z", ["zsh"]],
    ["pnpm shell t7", ["t71", "t72", "t76"]],
    ["pnpm guide ablate 2.4.4/", ["2.4.4/start-etcd"]],
    ["pnpm guide walk --from 2.4.4/", ["2.4.4/start-etcd"]],
    ["pnpm e2e --as-written etcd-unit", ["etcd-unit-wantedby-typo"]],
    ["pnpm repro etcd-unit-w", ["etcd-unit-wantedby-typo", "etcd-unit-with-3.4"]],
    ["pnpm mutants docker-options", ["docker-options-by-hand"]],
  ])("%s", async (line, words) => {
    expect((await offered(line)).toSorted()).toEqual(words.toSorted());
  });

  test("in a folder below the project, too", async () => {
    expect(await offered("pnpm e2", { cwd: join(projectRoot, "docs") })).toEqual(["e2e"]);
  });

  test("runs whose records are there", async () => {
    const cwd = await mkdtemp(join(folder, "project-"));
    await writeFile(join(cwd, "package.json"), '{ "name": "k8s-guide-conformance" }');
    expect(await offered("pnpm report 2026", { cwd })).toEqual([]);
    for (const run of ["20261129T101500-e2e-1", "20261130T101500-e2e-2"]) {
      await mkdir(join(cwd, "reports", run), { recursive: true });
      await writeFile(join(cwd, "reports", run, "run.json"), "");
    }
    expect(await offered("pnpm report 20261130", { cwd })).toEqual(["20261130T101500-e2e-2"]);
    expect(await offered("pnpm report --se", { cwd })).toEqual(["--serve"]);
  });

  test("no value of an option in the place of the next word", async () => {
    expect(await offered("pnpm e2e --artifacts source ")).not.toContain("debian");
  });

  test("no option that a command refuses", async () => {
    expect(await offered("pnpm plan --time")).toEqual([]);
    expect(await offered("pnpm e2e --time")).toEqual(["--timeout-factor"]);
  });

  test("no word that is pnpm's own without run", async () => {
    const words = await offered("pnpm ");
    expect(words).toContain("e2e");
    expect(words).not.toContain("up");
    expect(await offered("pnpm run u")).toEqual(["up"]);
  });

  test("what others complete, outside of the project and where nothing is known", async () => {
    const before = `_pnpm() { COMPREPLY=("add of $1"); }; complete -o default -F _pnpm pnpm`;
    expect(await offered("pnpm a", { cwd: tmpdir(), before })).toEqual(["add of pnpm"]);
    expect(await offered("pnpm install ", { before })).toEqual(["add of pnpm"]);
    expect(await offered("pnpm e2", { before })).toEqual(["add of pnpm", "e2e"]);
    const twice = `${before}; source ${script}`;
    expect(await offered("pnpm a", { cwd: tmpdir(), before: twice }), "read again").toEqual(["add of pnpm"]);
  });
});
