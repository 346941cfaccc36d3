import { chmod, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { definitionHash, freeBytes, namesIn, readIfThere } from "./files.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

const hashOf = (path: string, values: unknown = { release: 12 }): Promise<string> =>
  definitionHash(values, path, "verify.sh");

test("what is not there is undefined or empty, and what cannot be read is an error", async () => {
  expect(await readIfThere(join(folder, "none"))).toBeUndefined();
  expect(await namesIn(join(folder, "none"))).toEqual([]);
  await writeFile(join(folder, "one"), "text");
  expect(await readIfThere(join(folder, "one"))).toBe("text");
  expect(await namesIn(folder)).toEqual(["one"]);
  await expect(readIfThere(folder)).rejects.toMatchObject({ code: "EISDIR" });
  await expect(namesIn(join(folder, "one"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("a folder that is not there yet has the space of its parent", async () => {
  expect(await freeBytes(join(folder, "a/b"))).toBeGreaterThan(0);
});

test("a definition's hash is that of its values, and of its files' names, contents and modes", async () => {
  const first = join(folder, "first");
  await mkdir(join(first, "sub"), { recursive: true });
  await writeFile(join(first, "build.sh"), "make", { mode: 0o755 });
  await writeFile(join(first, "sub/list"), "a");
  await writeFile(join(first, "verify.sh"), "look");
  const changed = async (change: (copy: string) => Promise<void>): Promise<string> => {
    const copy = join(folder, "copy");
    await cp(first, copy, { recursive: true });
    await change(copy);
    const hash = await hashOf(copy);
    await rm(copy, { recursive: true });
    return hash;
  };
  const hashes = [
    await hashOf(first),
    await hashOf(first, { release: 13 }),
    await changed((copy) => writeFile(join(copy, "sub/list"), "b")),
    await changed((copy) => writeFile(join(copy, "more"), "")),
    await changed((copy) => chmod(join(copy, "build.sh"), 0o644)),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(await changed((copy) => writeFile(join(copy, "verify.sh"), "look closer"))).toBe(hashes[0]);
});
