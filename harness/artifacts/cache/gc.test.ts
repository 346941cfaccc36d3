import { link, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesFreed, findGarbage, type InUse, removeGarbage } from "./gc.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { collectGarbage } from "../index.ts";
import { silent } from "../../progress.ts";

const [used, old] = ["0".repeat(24), "1".repeat(24)];
const there = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function put(path: string, bytes = 8192): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, Buffer.alloc(bytes, 1));
  return path;
}

test("what no set uses goes, what one uses stays, and links that stay free nothing", async () => {
  const root = temporaryFolder();
  const folder = join(root, "artifacts/guide");
  const kept = await put(join(folder, "tool", used, "tool"));
  const gone = await put(join(folder, "tool", old, "tool"), 16_384);
  const [linked, oldSet] = [join(folder, "set", old, "tool"), join(folder, "set", old, "old")];
  await mkdir(join(folder, "set", old), { recursive: true });
  await link(kept, linked);
  await link(gone, oldSet);
  const part = await put(join(folder, ".parts", "x.part"));
  const draft = await put(join(folder, "tool", ".new-abc", "tool"));
  const scratch = await put(join(root, "build/scratch/etcd-1", "x"));
  const record = await put(join(folder, "recorded.json"), 10);
  const seconds = await put(join(folder, "tool", "last-seconds"), 3);
  const garbage = await findGarbage(root, [{ folder, entries: [{ kind: "tool", key: used, files: [] }] }]);
  expect(await bytesFreed(garbage)).toBe(16_384 + 3 * 8192);
  expect(await there(gone)).toBe(true);
  await removeGarbage(garbage);
  const left = await Promise.all([kept, record, seconds, gone, linked, part, draft, scratch].map(there));
  expect(left).toEqual([true, true, true, false, false, false, false, false]);
  expect(await findGarbage(root, [{ folder, entries: undefined }])).toEqual([]);
});

test("entries of a set that does not know its inputs stay", async () => {
  const root = temporaryFolder();
  const folder = join(root, "artifacts/built");
  const path = await put(join(folder, "etcd", old, "etcd"));
  expect(await findGarbage(root, [{ folder, entries: undefined }])).toEqual([]);
  await collectGarbage(silent, testContext(), { dryRun: false }, root);
  expect(await there(path)).toBe(true);
});

test("what one of several sets in a folder uses stays, and all of it if one does not know", async () => {
  const root = temporaryFolder();
  const folder = join(root, "artifacts/built");
  for (const kind of ["one", "other"]) await put(join(folder, kind, used, "x"));
  const gone = await put(join(folder, "one", old, "x"));
  const uses = (kind: string): InUse => ({ folder, entries: [{ kind, key: used, files: [] }] });
  const found = await findGarbage(root, [uses("one"), uses("other")]);
  expect(found.map(({ path }) => path)).toEqual([join(gone, "..")]);
  for (const order of [
    [uses("one"), { folder, entries: undefined }],
    [{ folder, entries: undefined }, uses("one")],
  ]) {
    expect(await findGarbage(root, order)).toEqual([]);
  }
});

test("what an earlier version of the project built goes", async () => {
  const root = temporaryFolder();
  const path = await put(join(root, "artifacts/debian/etcd", old, "etcd"));
  await collectGarbage(silent, testContext(), { dryRun: false }, root);
  expect(await there(path)).toBe(false);
});

test("a record that is damaged keeps what its set has, is told with its place, and does not keep the rest", async () => {
  const root = temporaryFolder();
  const record = join(root, "artifacts/guide/recorded.json");
  await mkdir(join(record, ".."), { recursive: true });
  await writeFile(record, "{");
  const kept = await put(join(root, "artifacts/guide/cfssl_linux-amd64", old, "cfssl_linux-amd64"));
  const scratch = await put(join(root, "build/scratch/etcd-1", "x"));
  const { problems, garbage } = await collectGarbage(silent, testContext(), { dryRun: false }, root);
  expect(problems).toMatchObject([{ verdict: "artifact", details: { location: { file: record, line: 1 } } }]);
  expect(garbage).toHaveLength(1);
  expect([await there(kept), await there(scratch)]).toEqual([true, false]);
});

test("what cannot be removed is told, and does not keep the rest", async () => {
  const root = temporaryFolder();
  const path = await put(join(root, "gone"));
  const problems = await removeGarbage([
    { path: "/proc/self/status", why: "" },
    { path, why: "" },
  ]);
  expect(problems).toMatchObject([{ message: expect.stringContaining("/proc/self/status") }]);
  expect(await there(path)).toBe(false);
});

test("a dry run says the same and removes nothing", async () => {
  const root = temporaryFolder();
  const path = await put(join(root, "artifacts/guide/cfssl_linux-amd64", old, "cfssl_linux-amd64"));
  const dry = await collectGarbage(silent, testContext(), { dryRun: true }, root);
  expect(dry).toMatchObject({ bytes: 8192, garbage: [{ why: "no longer used" }] });
  expect(await there(path)).toBe(true);
  expect(await collectGarbage(silent, testContext(), { dryRun: false }, root)).toEqual(dry);
  expect(await there(path)).toBe(false);
});
