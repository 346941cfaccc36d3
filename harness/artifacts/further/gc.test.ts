import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silent } from "../../progress.ts";
import { collectGarbage } from "../index.ts";
import { context, good, root, withImages } from "../upstream/sample.ts";
import { tarball } from "../upstream/testing.ts";
import { recordUse } from "./lists.ts";
import { entry, further, list, write } from "./sample.ts";

const folder = (): string => join(root, "artifacts/further");

/** The entries that are there: the kind of each, and the key of wholes. */
async function entries(): Promise<string[]> {
  const kinds = (await readdir(folder())).filter((kind) => kind !== "lists").toSorted();
  const all = kinds.map(async (kind) =>
    (await readdir(join(folder(), kind)))
      .filter((key) => key !== "last-seconds")
      .map((key) => `${kind}/${key}`),
  );
  return (await Promise.all(all)).flat();
}

const collect = () => collectGarbage(silent, context, { dryRun: false }, root);

beforeEach(async () => {
  await withImages();
  await tarball(good, "cni.tgz", { bridge: "binary" });
  await tarball(good, "nginx.tgz", { nginx: "binary" });
  await write(await entry("cni.tgz"));
  await (await further()).prepare(silent, context);
});

test("what a list that is there leads to stays, and what was cut short goes", async () => {
  const before = await entries();
  expect(before.map((path) => path.replace(/\/.*/, ""))).toEqual(["cni.tgz", "set-upstream"]);
  await mkdir(join(folder(), ".parts"), { recursive: true });
  await writeFile(join(folder(), ".parts/x.part"), "x");
  const { garbage, problems } = await collect();
  expect(problems).toEqual([]);
  expect(garbage.map(({ path }) => path)).toContain(join(folder(), ".parts/x.part"));
  expect(await entries()).toEqual(before);
});

test("what a list no longer leads to goes, with the folder that was made of it", async () => {
  const before = await entries();
  await write(await entry("nginx.tgz"));
  await (await further()).prepare(silent, context);
  expect(await entries()).toHaveLength(4);
  await collect();
  const after = await entries();
  expect(after.map((path) => path.replace(/\/.*/, ""))).toEqual(["nginx.tgz", "set-upstream"]);
  expect(after.filter((path) => before.includes(path))).toEqual([]);
});

test("of another set, too, nothing stays that was made of the list as it was", async () => {
  const spec = { kind: "set-debian", key: "0".repeat(24), files: [] };
  await mkdir(join(folder(), spec.kind, spec.key), { recursive: true });
  const { pins, store } = await further();
  const inputs = pins.flatMap((pin) => store.specOf(pin) ?? []);
  await recordUse(root, list(), inputs, { set: "debian", spec });
  await collect();
  expect(await entries()).toContain(`${spec.kind}/${spec.key}`);
  await write(await entry("nginx.tgz"));
  await (await further()).prepare(silent, context);
  await collect();
  expect(await entries()).not.toContain(`${spec.kind}/${spec.key}`);
});

test("what one of two lists leads to stays, and nothing of a list that is gone", async () => {
  const other = join(root, "other.yaml");
  await copyFile(list(), other);
  await (await further(other)).prepare(silent, context);
  const before = await entries();
  await rm(list());
  await collect();
  expect(await entries()).toEqual(before);
  await rm(other);
  await collect();
  expect(await entries()).toEqual([]);
});

test("if a record is damaged, all stays, and the record is named", async () => {
  const before = await entries();
  const [name = ""] = await readdir(join(folder(), "lists"));
  const record = join(folder(), "lists", name);
  await writeFile(record, "{");
  await rm(list());
  const { problems } = await collect();
  expect(problems).toMatchObject([
    {
      verdict: "artifact",
      details: { location: { file: record, line: 1 }, hint: expect.stringContaining("Delete") },
    },
  ]);
  expect(await entries()).toEqual(before);
});
