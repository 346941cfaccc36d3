import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing.ts";
import { triedCommit, triedFiles, unknownCommit, written } from "./commit.ts";

test("what rounds write themselves is no change, and every other change is one of its own", async () => {
  const folder = temporaryFolder();
  const git = (...words: readonly string[]) =>
    execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...words], {
      cwd: folder,
    });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  expect(await triedCommit(folder)).toBe(unknownCommit);
  for (const name of ["guide.md", ...Object.values(written)]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await write(name, "as committed\n");
  }
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "All");
  const clean = await triedCommit(folder);
  expect(clean).toMatch(/^[0-9a-f]{12}$/);
  for (const name of Object.values(written)) await write(name, "written anew\n");
  expect(await triedCommit(folder)).toBe(clean);
  // Of what is not in git yet, a suite counts, and what lies beside the project does not.
  await mkdir(join(folder, "suites"));
  await write("artifacts.tar", "any\n");
  expect(await triedCommit(folder)).toBe(clean);
  await write("suites/new.test.ts", "one\n");
  const first = await triedCommit(folder);
  await write("suites/new.test.ts", "two\n");
  const second = await triedCommit(folder);
  expect(new Set([clean, first, second]).size).toBe(3);
  expect(first.slice(0, 13)).toBe(`${clean}+`);
  await rm(join(folder, "suites"), { recursive: true });
  await write("guide.md", "one\n");
  const one = await triedCommit(folder);
  await write("guide.md", "two\n");
  const two = await triedCommit(folder);
  expect([one, two].map((commit) => commit.slice(0, 13))).toEqual([`${clean}+`, `${clean}+`]);
  expect(one).not.toBe(two);
});

test("files are the same whether they are committed or not, and others once one is edited, added or removed", async () => {
  const folder = temporaryFolder();
  const git = (...words: readonly string[]) =>
    execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...words], {
      cwd: folder,
    });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await git("init", "--quiet");
  for (const name of ["suites", "docs", dirname(written.proofs)])
    await mkdir(join(folder, name), { recursive: true });
  await write("suites/a.test.ts", "one\n");
  await write("suites/b.test.ts", "one\n");
  const before = await triedFiles(folder);
  await git("add", ".");
  expect(await triedFiles(folder)).toBe(before);
  await git("commit", "--quiet", "--message", "All");
  expect(await triedFiles(folder)).toBe(before);
  await write("docs/page.md", "no run reads it\n");
  await write(written.proofs, "{}\n");
  expect(await triedFiles(folder)).toBe(before);
  await write("suites/a.test.ts", "two\n");
  const edited = await triedFiles(folder);
  await write("suites/c.test.ts", "one\n");
  const added = await triedFiles(folder);
  await rm(join(folder, "suites/b.test.ts"));
  const removed = await triedFiles(folder);
  expect(new Set([before, edited, added, removed]).size).toBe(4);
});
