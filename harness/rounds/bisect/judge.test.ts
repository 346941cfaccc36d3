import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test, vi } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { sampleFailure, sampleRecord, sampleTest } from "../../report/sample.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { recordOf } from "../pool/children.ts";
import { Judge } from "./judge.ts";
import { temporaryFolder } from "../../testing.ts";

vi.mock("../pool/children.ts", { spy: true });

/** A repository with the guide, and commits of changes of one of its files. */
async function repository(name: string) {
  const root = temporaryFolder();
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...args], { cwd: root });
  await cp(join(projectRoot, "fixtures/guide"), join(root, "guide"), { recursive: true });
  await git("init", "--quiet");
  const file = join(root, "guide", name);
  const commit = async (change: (text: string) => string): Promise<void> => {
    await writeFile(file, change(await readFile(file, "utf8").catch(() => "")));
    await git("add", ".");
    await git("commit", "--quiet", "--allow-empty", "--message", `Change ${name}`);
  };
  return { root, commit };
}

/** What one says otherwise than the other beside their guides. */
const changes = [
  ["profile.yaml", "  dns: 10.254.0.10", "  dns: 10.254.0.11"],
  ["artifacts.yaml", "- name: cni.tgz", "- name: cni-plugins.tgz"],
] as const;

test.each(changes)(
  "a commit of another %s has a run of its own, though its steps are those of another",
  async (name, from, to) => {
    const { root, commit } = await repository(name);
    await commit((text) => text || `${from}\n`);
    await commit((text) => (name === "profile.yaml" ? `${text}# as before\n` : text));
    await commit((text) => text.replace(from, to));
    const red = sampleTest({ outcome: "failed", failure: sampleFailure() });
    vi.mocked(recordOf)
      .mockReset()
      .mockResolvedValueOnce(sampleRecord({ verdict: "passed" }))
      .mockResolvedValueOnce(sampleRecord({ verdict: "guide", tests: [red] }));
    const { signal } = new AbortController();
    const settings = { ...defaultSettings, guide: join(root, "guide/guide.md") };
    const judge = new Judge(settings, { suites: ["all"], fresh: false, signal });
    expect(await judge.of("HEAD~2", { save: true })).toMatchObject({ verdict: "passed" });
    expect(await judge.of("HEAD~1", { save: true })).toMatchObject({ verdict: "passed", seconds: 0 });
    expect(await judge.of("HEAD", { save: true })).toMatchObject({ verdict: "guide" });
  },
);

/** A run that passed, from a checkpoint after a block. */
const after = (block: string) =>
  sampleRecord({ resumed: { after: block, steps: 1, run: "r", savedAt: "", booted: true } });

test("a commit is good only if its change was done in a run that passed: a boot can do what a step should", async () => {
  const { root, commit } = await repository("guide.md");
  const guide = join(root, "guide/guide.md");
  for (const network of [" ", "", "  "])
    await commit((text) => text.replace(/{ "Network"\s*/, `{ "Network"${network}`));
  vi.mocked(recordOf)
    .mockReset()
    .mockResolvedValueOnce(after("4.2.6/show-nodes"))
    .mockResolvedValueOnce(after("3.2.10/list-issued"))
    .mockResolvedValueOnce(after("4.2.6/show-nodes"))
    .mockResolvedValueOnce(sampleRecord({ verdict: "guide" }));
  const { signal } = new AbortController();
  const judge = new Judge({ ...defaultSettings, guide }, { suites: ["all"], fresh: false, signal });
  expect(await judge.of("HEAD~2", { save: true })).toMatchObject({ verdict: "passed" });
  expect(await judge.of("HEAD~1", { save: false })).toMatchObject({ verdict: "passed" });
  expect(await judge.of("HEAD", { save: false })).toMatchObject({ verdict: "guide" });
  const fresh = vi.mocked(recordOf).mock.calls.map(([, args]) => args.includes("--fresh"));
  expect(fresh).toEqual([false, false, false, true]);
  expect(judge.runs).toBe(4);
});

test("a revision whose guide cannot be read takes no run, and its fault is told in the guide's own folder", async () => {
  const root = temporaryFolder();
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...args], { cwd: root });
  await cp(join(projectRoot, "fixtures/guide"), join(root, "guide"), { recursive: true });
  const guide = join(root, "guide/guide.md");
  const text = await readFile(guide, "utf8");
  await writeFile(guide, text.replace("id=register-network on=t71", "id=register-network on=t99"));
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "Name a machine that is not there");
  await writeFile(guide, text);
  const { signal } = new AbortController();
  const judge = new Judge({ ...defaultSettings, guide }, { suites: ["all"], fresh: false, signal });
  const judgement = await judge.of("HEAD", { save: true });
  expect(judgement).toMatchObject({ verdict: "usage", red: [], seconds: 0 });
  expect(judgement.message?.replace(guide, "GUIDE")).toMatch(/^GUIDE:\d+:\d+: unknown machine "t99"/);
  expect(judge.runs).toBe(0);
  expect(await judge.changed(judgement.commit, judgement.commit)).toEqual([]);
});

test("a revision whose profile has no such milestone takes no run, and does not end the search", async () => {
  const { root, commit } = await repository("profile.yaml");
  await commit((text) => text.replace(/^ {2}soak:\n(?: {4}.*\n)+/m, ""));
  vi.mocked(recordOf).mockReset();
  const settings = { ...defaultSettings, guide: join(root, "guide/guide.md") };
  const { signal } = new AbortController();
  const judge = new Judge(settings, { suites: ["soak"], fresh: false, signal });
  expect(await judge.of("HEAD", { save: true })).toMatchObject({
    verdict: "usage",
    message: expect.stringContaining("There is no suite soak"),
  });
  expect(recordOf).not.toHaveBeenCalled();
});

test("nothing is judged once a signal came", async () => {
  const judge = new Judge(defaultSettings, {
    suites: ["all"],
    fresh: false,
    signal: AbortSignal.abort(new Error("enough")),
  });
  await expect(judge.of("HEAD", { save: true })).rejects.toThrow("enough");
});
