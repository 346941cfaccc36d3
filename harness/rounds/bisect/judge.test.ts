import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { Judge } from "./judge.ts";
import { temporaryFolder } from "../../testing.ts";

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

test("nothing is judged once a signal came", async () => {
  const judge = new Judge(defaultSettings, {
    suites: ["all"],
    fresh: false,
    signal: AbortSignal.abort(new Error("enough")),
  });
  await expect(judge.of("HEAD", { save: true })).rejects.toThrow("enough");
});
