import {
  appendFile,
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ContentCache, type EntrySpec, keyOf } from "./cache.ts";
import { verify } from "../manifest.ts";
import { temporaryFolder } from "../../testing.ts";

let root: string;
let cache: ContentCache;
const spec: EntrySpec = { kind: "tool", key: keyOf(["input 1"]), files: ["a", "b"] };
const entryFolder = (): string => join(root, spec.kind, spec.key);

beforeEach(() => {
  root = temporaryFolder();
  cache = new ContentCache(root);
});

const make = async (folder: string): Promise<void> => {
  await writeFile(join(folder, "a"), "content of a");
  await writeFile(join(folder, "b"), "content of b");
  await utimes(join(folder, "b"), 1000, 1000);
};

describe("an entry", () => {
  test("is missing, then stored with checksums, then found", async () => {
    expect(await cache.find(spec)).toEqual({ state: "missing" });
    const { manifest } = await cache.store(spec, make);
    expect(manifest.files).toEqual([
      { name: "a", bytes: 12, sha256: "8e56b639882ef91f67c597965dfb451cbd2e4b41d1a8cd9b01dd3241aa518796" },
      { name: "b", bytes: 12, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(await cache.find(spec)).toMatchObject({ state: "ready" });
    expect(await cache.lastSeconds("tool")).toBe(manifest.seconds);
    expect(await cache.lastSeconds("other")).toBeUndefined();
  });

  test("of other inputs is another entry", async () => {
    await cache.store(spec, make);
    expect(await cache.find({ ...spec, key: keyOf(["input 2"]) })).toEqual({ state: "missing" });
  });

  test("may hold files in folders", async () => {
    const deep = { ...spec, files: ["site/path/c"] };
    const { folder } = await cache.store(deep, async (at) => {
      await mkdir(join(at, "site/path"), { recursive: true });
      await writeFile(join(at, "site/path/c"), "content of c");
    });
    expect(await cache.find(deep)).toMatchObject({ state: "ready" });
    await rm(join(folder, "site/path/c"));
    expect(await cache.find(deep)).toEqual({ state: "damaged", why: "site/path/c is missing" });
  });

  test("keeps only the files it was asked for in its manifest", async () => {
    const { manifest } = await cache.store({ ...spec, files: ["a"] }, make);
    expect(manifest.files.map(({ name }) => name)).toEqual(["a"]);
    expect(await cache.find(spec)).toEqual({ state: "damaged", why: "b is not in its manifest" });
  });
});

describe("damage is found", () => {
  beforeEach(() => cache.store(spec, make));

  test("when a byte changed and size and modification time did not", async () => {
    const path = join(entryFolder(), "b");
    await writeFile(path, "CONTENT of b");
    await utimes(path, 1000, 1000);
    expect(await cache.find(spec)).toMatchObject({
      state: "damaged",
      why: expect.stringMatching(/^b has sha256 \w+, expected \w+$/),
    });
  });

  test("when a file was cut short", async () => {
    await truncate(join(entryFolder(), "a"), 3);
    expect(await cache.find(spec)).toEqual({ state: "damaged", why: "a has 3 bytes, expected 12" });
  });

  test("when a file is gone", async () => {
    await rm(join(entryFolder(), "a"));
    expect(await cache.find(spec)).toEqual({ state: "damaged", why: "a is missing" });
  });

  test.each(["", "{", '{"kind":"tool"}'])("when the manifest reads %j", async (text) => {
    await writeFile(join(entryFolder(), "manifest.json"), text);
    expect(await cache.find(spec)).toEqual({ state: "damaged", why: "manifest.json cannot be read" });
  });

  test("when it is a copy of another entry", async () => {
    const other = { ...spec, key: keyOf(["input 2"]) };
    await cp(entryFolder(), cache.folderOf(other), { recursive: true });
    expect(await cache.find(other)).toEqual({
      state: "damaged",
      why: `its manifest is that of tool ${spec.key}`,
    });
  });

  test("and goes away with the next build", async () => {
    await truncate(join(entryFolder(), "a"), 3);
    await cache.store(spec, make);
    expect(await cache.find(spec)).toMatchObject({ state: "ready" });
  });
});

test("what was damaged once is not believed by its stamp any more", async () => {
  await cache.store(spec, make);
  await cache.find(spec);
  // As where a disk loses a byte: size and times stay.
  const manifest = join(entryFolder(), "manifest.json");
  await writeFile(
    manifest,
    (await readFile(manifest, "utf8")).replace(/"sha256": "\w{4}/, '"sha256": "0000'),
  );
  const { size, mtimeNs, ctimeNs, ino } = await stat(manifest, { bigint: true });
  const stamp = join(entryFolder(), ".verified.json");
  const [, ...others] = JSON.parse(await readFile(stamp, "utf8"));
  await writeFile(stamp, JSON.stringify([[size, mtimeNs, ctimeNs, ino].join(":"), ...others]));
  expect(await cache.find(spec)).toMatchObject({ state: "ready" });
  expect(await verify(entryFolder(), { rehash: true })).toMatchObject({
    damage: expect.stringContaining("a has sha256"),
  });
  expect(await cache.find(spec)).toMatchObject({ state: "damaged" });
});

test("another link to a file changes its inode's times, not the verdict", async () => {
  await cache.store(spec, make);
  await link(join(entryFolder(), "a"), join(root, "elsewhere"));
  expect(await cache.find(spec)).toMatchObject({ state: "ready" });
  await appendFile(join(root, "elsewhere"), "!");
  expect(await cache.find(spec)).toMatchObject({ state: "damaged" });
});

describe("a build that does not end well", () => {
  test("leaves nothing when it throws", async () => {
    const failure = new Error("compiler");
    await expect(
      cache.store(spec, async (folder) => {
        await writeFile(join(folder, "a"), "half");
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await cache.find(spec)).toEqual({ state: "missing" });
    expect(await readdir(join(root, "tool"))).toEqual([]);
  });

  test("is refused when it made too little", async () => {
    await expect(cache.store(spec, (folder) => writeFile(join(folder, "a"), "a"))).rejects.toThrow(
      "The build of tool made no b",
    );
    expect(await cache.find(spec)).toEqual({ state: "missing" });
  });

  test("is swept by the next one when it was killed", async () => {
    await mkdir(join(root, "tool", ".new-killed"), { recursive: true });
    await cache.store(spec, make);
    expect((await readdir(join(root, "tool"))).toSorted()).toEqual([spec.key, "last-seconds"].toSorted());
  });
});
