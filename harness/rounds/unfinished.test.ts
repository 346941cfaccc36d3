import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { Unfinished } from "./unfinished.ts";

type Part = { readonly outcome: string };

const folder = await mkdtemp(join(tmpdir(), "unfinished-"));
const file = join(folder, "reports/round.jsonl");
const aside = join(folder, "reports/round.previous.jsonl");
let said: string[];
const open = (keepResults: boolean, commit = "c0ffee"): Promise<Unfinished<Part>> =>
  Unfinished.open<Part>(file, {
    keepResults,
    commit,
    judged: ({ outcome }) => outcome !== "not judged",
    say: (line) => void said.push(line),
  });

beforeEach(async () => {
  said = [];
  await rm(folder, { recursive: true });
  const round = await open(false);
  await Promise.all([round.keep("a", { outcome: "killed" }), round.keep("b", { outcome: "not judged" })]);
});
afterAll(() => rm(folder, { recursive: true }));

test("a round goes on with what was not judged, and with what it never came to", async () => {
  const round = await open(true);
  expect(["a", "b", "c"].map((key) => round.known(key))).toEqual([
    { outcome: "killed" },
    undefined,
    undefined,
  ]);
  await round.keep("b", { outcome: "survived" });
  expect((await open(true)).known("b")).toEqual({ outcome: "survived" });
});

test("a round that begins anew and comes to nothing leaves what the one before came to", async () => {
  expect((await open(false)).known("a")).toBeUndefined();
  expect((await open(true)).known("a")).toEqual({ outcome: "killed" });
  expect(said).toEqual([]);
});

test("with its first part it sets that aside, and says where it is and how to go on with it", async () => {
  const before = await readFile(file, "utf8");
  const round = await open(false);
  await Promise.all([round.keep("c", { outcome: "killed" }), round.keep("d", { outcome: "killed" })]);
  await round.keep("e", { outcome: "killed" });
  expect(await readFile(aside, "utf8")).toBe(before);
  expect(said).toEqual([
    `The results of the round before are in ${aside} now. To go on with that: mv ${aside} ${file}, then --continue.`,
  ]);
  const parts = await open(true);
  expect(["a", "c", "d", "e"].filter((key) => parts.known(key))).toEqual(["c", "d", "e"]);
});

test("a first round, and one that goes on, set nothing aside", async () => {
  await (await open(true)).keep("c", { outcome: "killed" });
  await rm(file);
  await (await open(false)).keep("c", { outcome: "killed" });
  expect(await readdir(join(folder, "reports"))).toEqual(["round.jsonl"]);
});

test.each([
  ["is no JSON", "{broken"],
  ["is of nothing", "null"],
  ["has a part that is no part", '{"key":"c c0ffee","part":null}'],
])("a line that %s is named and passed over, and the others hold", async (_, line) => {
  await appendFile(file, `${line}\n`);
  await (await open(true)).keep("c", { outcome: "killed" });
  expect(said).toEqual([`${file}:3 cannot be read and is passed over`]);
  const round = await open(true);
  expect(["a", "c"].map((key) => round.known(key))).toEqual([{ outcome: "killed" }, { outcome: "killed" }]);
});

test("what another commit came to holds no more", async () => {
  expect((await open(true, "c0ffee+")).known("a")).toBeUndefined();
});

test("a line of another shape is passed over", async () => {
  await appendFile(file, '{"key":"c c0ffee","judgement":{"outcome":"killed"}}\n');
  expect((await open(true)).known("c")).toBeUndefined();
});

test("a line that was being written when the round was killed is left out", async () => {
  await appendFile(file, '{"key":"c c0ffee","par');
  const round = await open(true);
  expect([round.known("a"), round.known("c")]).toEqual([{ outcome: "killed" }, undefined]);
  await round.keep("c", { outcome: "killed" });
  expect((await open(true)).known("c")).toEqual({ outcome: "killed" });
  expect(await readFile(file, "utf8")).not.toContain("par{");
});
