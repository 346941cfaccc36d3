import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { triedCommit, unknownCommit, written } from "./commit.ts";

test("what rounds write themselves is no change, and every other change is one of its own", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "commit-"));
  const git = (...words: readonly string[]) =>
    execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...words], {
      cwd: folder.path,
    });
  const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
  expect(await triedCommit(folder.path)).toBe(unknownCommit);
  for (const name of ["guide.md", ...Object.values(written)]) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await write(name, "as committed\n");
  }
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "All");
  const clean = await triedCommit(folder.path);
  expect(clean).toMatch(/^[0-9a-f]{12}$/);
  for (const name of Object.values(written)) await write(name, "written anew\n");
  expect(await triedCommit(folder.path)).toBe(clean);
  await write("guide.md", "one\n");
  const one = await triedCommit(folder.path);
  await write("guide.md", "two\n");
  const two = await triedCommit(folder.path);
  expect([one, two].map((commit) => commit.slice(0, 13))).toEqual([`${clean}+`, `${clean}+`]);
  expect(one).not.toBe(two);
});
