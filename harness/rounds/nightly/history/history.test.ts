import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { readHistory, writeHistory } from "./history.ts";
import { sampleNightlyRun } from "../testing.ts";
import { temporaryFolder } from "../../../testing.ts";

let folder: string;
let file: string;
let said: string[];
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, "history.json");
  said = [];
});

const read = () => readHistory(file, (line) => void said.push(line));
const nights = [1, 2, 3].map((day) => sampleNightlyRun(day));

test("what is written is read again, and nothing else lies there", async () => {
  expect(await read()).toEqual([]);
  await writeHistory(file, nights, 7);
  expect(await read()).toEqual(nights);
  expect(await readdir(folder)).toEqual(["history.json"]);
  expect(said).toEqual([]);
});

test("a night with an artifact set by its old name has the new one", async () => {
  await writeHistory(file, [sampleNightlyRun(1, { artifactSet: "guide" })], 7);
  expect(await read()).toEqual([sampleNightlyRun(1, { artifactSet: "upstream" })]);
});

test("the file tells trend and flakes too, one night a line", async () => {
  await writeHistory(file, [...nights, sampleNightlyRun(4, { verdict: "guide" })], 7);
  const text = await readFile(file, "utf8");
  expect(JSON.parse(text)).toMatchObject({
    version: 1,
    trend: null,
    flakes: [{ kind: "verdict", flips: 1 }],
  });
  expect(
    text.split("\n").filter((line) => line.includes(`"startedAt":"2019-04-0`) && line.startsWith(`{"`)),
  ).toHaveLength(4);
});

test("unknown fields of a later version of a night are kept", async () => {
  await writeHistory(file, [sampleNightlyRun(1, { weather: "rain" })], 7);
  expect((await read())[0]).toMatchObject({ weather: "rain" });
});

test("its length is bounded, and the oldest go first", async () => {
  const many = Array.from({ length: 800 }, (_, day) =>
    sampleNightlyRun(day + 1, { run: String(day), tests: {} }),
  );
  expect(await writeHistory(file, many, 7)).toHaveLength(730);
  const kept = await read();
  expect([kept.length, kept[0]?.run, kept.at(-1)?.run]).toEqual([730, "70", "799"]);
});

test.each([
  [
    "half written",
    (text: string) => text.slice(0, text.indexOf(`\n{`, text.indexOf(`"nights"`) + 20) + 60),
    1,
  ],
  ["empty", () => "", 0],
  ["zeros after a power cut", (text: string) => "\0".repeat(text.length), 0],
  ["of another shape", () => `{"version":1,"nights":"none"}`, 0],
  ["with one night of nonsense", (text: string) => text.replace(`"verdict":"passed"`, `"verdict":"fine"`), 2],
])(
  "a file that is %s is moved aside and said, and what can be read of it is kept",
  async (_name, damage, left) => {
    await writeHistory(file, nights, 7);
    const damaged = damage(await readFile(file, "utf8"));
    await writeFile(file, damaged);
    expect(await read()).toHaveLength(left);
    const [aside = ""] = await readdir(folder);
    expect(aside).toBe("history.json.damaged-1");
    expect(await readFile(join(folder, aside), "utf8")).toBe(damaged);
    expect(said).toEqual([
      expect.stringMatching(/is damaged \(line \d+: .+\); it is kept as .*, and \d nights were read$/s),
    ]);
    expect(said[0]).toContain(aside);
  },
);

test("property: wherever the file is cut, whole nights survive in their order and the file is never lost", async () => {
  await writeHistory(file, nights, 7);
  const text = await readFile(file, "utf8");
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: text.length }), async (end) => {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFile(file, text.slice(0, end));
      const kept = await read();
      expect(kept).toEqual(nights.slice(0, kept.length));
      const [only = "", ...others] = await readdir(folder);
      expect(others).toEqual([]);
      expect(await readFile(join(folder, only), "utf8")).toBe(text.slice(0, end));
    }),
    { numRuns: 50 },
  );
});

test("a newer version's file is left as it is", async () => {
  await writeFile(file, `{"version":2,"nights":{}}`);
  await expect(read()).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining("is of version 2"),
    details: { location: { file, line: 1 } },
  });
  expect(await readdir(folder)).toEqual(["history.json"]);
});

test("a file that cannot be read is not taken for none", async () => {
  await mkdir(file);
  await expect(read()).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining(file),
  });
});

test("a folder that cannot be written is infrastructure, and the old history stays", async () => {
  await writeHistory(file, nights, 7);
  await expect(writeHistory(join(file, "history.json"), [], 7)).rejects.toMatchObject({
    verdict: "infrastructure",
    details: { hint: expect.stringContaining("--history") },
  });
  expect(await read()).toEqual(nights);
});
