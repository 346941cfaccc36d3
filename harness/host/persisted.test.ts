import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { parseLines, readJson, readJsonLines, replaceFile, setAside, touchAsNewest } from "./persisted.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, "item.json");
});

const schema = z.object({ name: z.string() });

test("what was written is read, and what is not there is no damage", async () => {
  expect(await readJson(file, schema)).toEqual({});
  expect(await readJsonLines(file, schema)).toBeUndefined();
  await replaceFile(file, '{"name":"a"}', { mode: 0o600 });
  expect(await readJson(file, schema)).toEqual({ value: { name: "a" } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["item.json"]);
});

test.each([
  ["", "it is empty"],
  ['{"name"', "it is not JSON"],
  ["\0\0\0", "it is not JSON"],
  ["{}", /^name: /],
  ["[]", /^it: /],
  ['{"name":7}', /^name: /],
])("%j is damage at its place, with the reason", async (text, reason) => {
  await writeFile(file, text);
  const { damage } = await readJson(file, schema);
  expect(damage).toMatchObject({ file, line: 1, reason: expect.stringMatching(reason) });
});

test("something else in the file's place, or its folder's, is damage", async () => {
  await mkdir(file);
  const damage = { file, line: 1, reason: "it is a folder" };
  expect(await readJson(file, schema)).toEqual({ damage });
  expect(await readJsonLines(file, schema)).toEqual({ items: [], damaged: [damage] });
  await writeFile(join(folder, "plain"), "");
  const below = await readJson(join(folder, "plain", "item.json"), schema);
  expect(below.damage?.reason).toContain("ENOTDIR");
});

test("a pipe in the file's place is damage, and nobody waits for its writer", async () => {
  await execa("mkfifo", [file]);
  expect(await readJson(file, schema)).toEqual({ damage: { file, line: 1, reason: "it is no file" } });
});

test("property: of lines, each that fits counts and each that does not is named by its number; a last one without end is neither", () => {
  const line = fc.oneof(
    fc.record({ good: fc.constant(true), text: fc.string().map((name) => JSON.stringify({ name })) }),
    fc.record({ good: fc.constant(false), text: fc.constantFrom("", "{", "{}", "null", "7", "nonsense") }),
  );
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom("", '{"name":"never fin'), (lines, unfinished) => {
      const text = `${lines.map(({ text: one }) => `${one}\n`).join("")}${unfinished}`;
      const { items, damaged } = parseLines(text, "x", schema);
      expect(items.map((item) => JSON.stringify(item))).toEqual(
        lines.filter(({ good }) => good).map(({ text: one }) => one),
      );
      expect(damaged.map((damage) => damage.line)).toEqual(
        lines.flatMap(({ good }, index) => (good ? [] : [index + 1])),
      );
    }),
  );
});

test("what is set aside never replaces what was set aside before", async () => {
  const asides: string[] = [];
  for (const text of ["first", "second"]) {
    await writeFile(file, text);
    asides.push(await setAside(file));
  }
  expect(asides).toEqual([`${file}.damaged-1`, `${file}.damaged-2`]);
  expect(await Promise.all(asides.map((aside) => readFile(aside, "utf8")))).toEqual(["first", "second"]);
  expect(asides.every((name) => /\.damaged-\d+$/.test(name))).toBe(true);
});

test("a file that cannot be replaced is as it was, and no draft is left", async () => {
  await mkdir(join(file, "full"), { recursive: true });
  await expect(replaceFile(file, "new")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(await readdir(folder)).toEqual(["item.json"]);
});

test("what is used last is the newest, even if the clock was set back since the others were used", async () => {
  const others = ["a", "b", "gone"].map((name) => join(folder, name));
  for (const other of others.slice(0, 2)) await writeFile(other, "");
  const ahead = new Date(Date.now() + 8 * 3_600_000);
  await utimes(join(folder, "b"), ahead, ahead);
  await writeFile(file, "");
  await touchAsNewest(file, others);
  expect((await stat(file)).mtimeMs).toBeGreaterThan((await stat(join(folder, "b"))).mtimeMs);
  await utimes(join(folder, "b"), new Date(0), new Date(0));
  await touchAsNewest(file, others);
  expect((await stat(file)).mtimeMs).toBeLessThan(Date.now() + 1000);
});
