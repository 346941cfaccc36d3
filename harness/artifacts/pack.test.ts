import { chmod, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { BuildLog, runJob } from "./job.ts";
import { sha256Of } from "./manifest.ts";
import { tarballJob } from "./pack.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

/** A tree whose files are made in the given order, with times and modes of the moment. */
async function tree(name: string, order: readonly string[], seconds: number, mode: number): Promise<string> {
  const root = join(folder, name);
  await mkdir(join(root, "top/bin"), { recursive: true });
  for (const file of order) {
    const path = join(root, "top/bin", file);
    await writeFile(path, `content of ${file}`);
    await chmod(path, mode);
    await utimes(path, seconds, seconds);
  }
  return root;
}

async function pack(root: string): Promise<string> {
  const log = await BuildLog.create(join(folder, "log"));
  const file = `${root}.tar.gz`;
  await runJob(await tarballJob(root, file), log);
  return file;
}

test("equal contents make equal tarballs, whatever the order, times, umask and owner's extra rights", async () => {
  const one = await pack(await tree("one", ["b", "a"], 1_000_000, 0o755));
  const two = await pack(await tree("two", ["a", "b"], 2_000_000, 0o711));
  expect(await sha256Of(two)).toBe(await sha256Of(one));
  const other = await pack(await tree("other", ["a", "c"], 1_000_000, 0o755));
  expect(await sha256Of(other)).not.toBe(await sha256Of(one));
});

test("the guide's tar lines unpack it: gzip, sorted, owned by root, executable", async () => {
  const file = await pack(await tree("one", ["b", "a"], 1_000_000, 0o700));
  const { stdout } = await execa("tar", ["-zvtf", file, "--numeric-owner"]);
  expect(stdout.split("\n").map((line) => line.split(/\s+/))).toEqual([
    ["drwxr-xr-x", "0/0", "0", "1970-01-01", expect.any(String), "top/"],
    ["drwxr-xr-x", "0/0", "0", "1970-01-01", expect.any(String), "top/bin/"],
    ["-rwxr-xr-x", "0/0", "12", "1970-01-01", expect.any(String), "top/bin/a"],
    ["-rwxr-xr-x", "0/0", "12", "1970-01-01", expect.any(String), "top/bin/b"],
  ]);
});

test("no file's name is an option of tar", async () => {
  const root = await tree("one", ["a"], 1_000_000, 0o700);
  const name = "--checkpoint-action=exec=exit 1";
  await writeFile(join(root, name), "");
  const { stdout } = await execa("tar", ["-tf", await pack(root)]);
  expect(stdout.split("\n")).toContain(name);
});
