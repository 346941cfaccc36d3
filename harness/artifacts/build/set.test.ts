import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Assist, type Progress, silent } from "../../progress.ts";
import { built, context, root, set, standIn, urlOf } from "./environment/sample.ts";

const names = ({ files }: { readonly files: readonly { readonly name: string }[] }): string[] =>
  files.map(({ name }) => name);

test("what a set is complete without is built only if it is asked for, and then belongs to it", async () => {
  const prepared = await set().prepare(silent, context);
  expect(names(prepared)).toEqual(["tool.tar.gz", "long.tar.gz"]);
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  expect(built).toEqual(["tool", "long"]);
  const whole = await set().prepare(silent, context, { optional: true });
  expect(names(whole)).toEqual(["tool.tar.gz", "long.tar.gz", "former.tar.gz"]);
  expect(await set().prepare(silent, context)).toEqual(whole);
  expect(built).toEqual(["tool", "long", "former"]);
});

test("a complete cache is complete without the folder of builds", async () => {
  const prepared = await set().prepare(silent, context);
  await rm(join(root, "build"), { recursive: true });
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  expect(await set().prepare(silent, context)).toEqual(prepared);
  expect((await set().inUse()).entries).toBeDefined();
  expect(built).toEqual(["tool", "long"]);
});

test("a part that is gone is not missed where the set made of it is whole", async () => {
  await set().prepare(silent, context);
  await rm(join(root, "artifacts/built/tool"), { recursive: true });
  expect(await set().inspect()).toMatchObject([
    { name: "tool", cached: true },
    { name: "long", cached: true },
    { name: "former", cached: false, optional: true },
  ]);
  expect((await set().inspect())[0]).not.toHaveProperty("optional");
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
});

test.each(["gone", "in the way"])(
  "files are whole where the stamp of their last check is %s",
  async (stamp) => {
    await set().prepare(silent, context);
    const [folder = ""] = await readdir(join(root, "artifacts/built/tool"));
    const file = join(root, "artifacts/built/tool", folder, ".verified.json");
    await rm(file, { force: true });
    // As on a disk that is full or read-only, nothing can be written there.
    if (stamp === "in the way") await mkdir(join(file, "something"), { recursive: true });
    expect(await damaged()).toEqual([]);
    expect(await set().inspect()).toMatchObject([{ name: "tool", cached: true }, {}, {}]);
  },
);

const damaged = async () => (await set().verify()).flatMap(({ damage }) => damage ?? []);

test("a part that is damaged is built again if that is asked for, though the set made of it is whole", async () => {
  const prepared = await set().prepare(silent, context);
  const [folder = ""] = await readdir(join(root, "artifacts/built/tool"));
  const file = join(root, "artifacts/built/tool", folder, "tool.tar.gz");
  await rm(file);
  await writeFile(file, "another");
  expect(await damaged()).toHaveLength(1);
  expect(await set().prepare(silent, context)).toEqual(prepared);
  expect(await damaged()).toHaveLength(1);
  expect(await set().prepare(silent, context, { mends: true })).toEqual(prepared);
  expect(await damaged()).toEqual([]);
  expect(built).toEqual(["tool", "long", "tool"]);
});

test("what an earlier version of the project knew of Debian's archive finds what it built", async () => {
  await set().prepare(silent, context);
  await rename(join(root, "artifacts/built/inputs.json"), join(root, "build/apt/inputs.json"));
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  await rm(join(root, "build"), { recursive: true });
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
});

test("addresses tell files of one base name apart, in the folder and in the answers", async () => {
  const { folder, addresses } = await set().prepare(silent, context, { optional: true });
  expect(addresses?.nameOf[urlOf("former")]).toBe("former.tar.gz");
  expect(await readFile(join(folder, addresses?.file ?? ""), "utf8")).toContain(
    `former.tar.gz\t${urlOf("former")}\n`,
  );
  const answers = await set().answers();
  expect([urlOf("tool"), "https://dl.example/other/tool.tar.gz"].map(answers)).toEqual([true, false]);
});

test("what the programs said of themselves stays with the set", async () => {
  const programs = { tool: { toold: "toold 1" } };
  expect((await set().prepare(silent, context)).programs).toEqual(programs);
  expect((await set().prepare(silent, context)).programs).toEqual(programs);
});

test("a run is told what is not the guide's, also if nothing has to be built", async () => {
  const assists: Assist[] = [];
  const progress = { ...silent, assist: (assist: Assist) => void assists.push(assist) };
  await set().prepare(progress, context);
  await set().prepare(progress, context);
  expect(assists).toEqual([standIn, standIn]);
});

test("progress says what is left, and how long what is long takes", async () => {
  const notes: string[] = [];
  await set().prepare({ ...silent, note: (message) => void notes.push(message) }, context);
  expect(notes).toContain("The set source lacks tool, long (15 min the first time)");
});

test("a build says which part of how many is made, and the share of it all", async () => {
  const seen: string[] = [];
  const progress: Progress = {
    ...silent,
    async watch(far, work) {
      // While the first part, and what is watched in it, goes on.
      queueMicrotask(() => seen.push(far()));
      return work();
    },
  };
  await set().prepare(progress, context);
  expect(seen[0]).toBe("set source: part 1 of 2, 0 %, about 15 min left");
  expect(seen.some((line) => line.startsWith("long: 0 s of about 15 min, 0 %; "))).toBe(true);
});

test("what is in use are the parts and the whole, nothing else", async () => {
  await set().prepare(silent, context);
  const { folder, entries = [] } = await set().inUse();
  const used = new Set(entries.map(({ kind, key }) => join(folder, kind, key)));
  const kinds = ["tool", "long", "set-source"];
  const there = await Promise.all(
    kinds.map(async (kind) => {
      const keys = (await readdir(join(folder, kind))).filter((name) => name !== "last-seconds");
      return keys.map((key) => join(folder, kind, key));
    }),
  );
  expect(there.flat().filter((path) => !used.has(path))).toEqual([]);
});
