import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { openRecords, readRound, type Records } from "./records.ts";
import { sampleAbout } from "./sample.ts";
import { temporaryFolder } from "../testing.ts";

const schema = z.object({ outcome: z.string() });
type Result = z.infer<typeof schema>;

const folder = temporaryFolder();
const file = join(folder, "reports/round.jsonl");
const aside = join(folder, "reports/round.previous.jsonl");
let said: string[];
const open = (keepResults: boolean, commit = "c0ffee"): Promise<Records<Result>> =>
  openRecords<Result>(file, {
    schema,
    about: sampleAbout({
      kind: "round",
      commit,
      cases: ["a", "b", "c", "d", "e"].map((id) => ({ id, key: `${id} ${commit}` })),
    }),
    keepResults,
    holds: ({ outcome }) => outcome !== "not judged",
    say: (line) => void said.push(line),
  });

beforeEach(async () => {
  said = [];
  await rm(folder, { recursive: true });
  const round = await open(false);
  await Promise.all([round.keep("a", { outcome: "killed" }), round.keep("b", { outcome: "not judged" })]);
});

test("a round goes on with what was not judged, and with what it never came to", async () => {
  const round = await open(true);
  expect(["a", "b", "c"].map((id) => round.known(id))).toEqual([{ outcome: "killed" }, undefined, undefined]);
  await round.keep("b", { outcome: "survived" });
  expect((await open(true)).known("b")).toEqual({ outcome: "survived" });
});

test("its record has the last result of each case in their order, and says which have none", async () => {
  await (await open(true)).keep("b", { outcome: "survived" });
  const { round } = await readRound(file, schema);
  expect(round?.results).toEqual([{ outcome: "killed" }, { outcome: "survived" }]);
  expect(round?.missing).toEqual(["c", "d", "e"]);
  expect(round?.about).toMatchObject({ kind: "round", commit: "c0ffee" });
});

test("a round that begins anew and comes to nothing leaves what the one before came to", async () => {
  expect((await open(false)).known("a")).toBeUndefined();
  expect((await open(true)).known("a")).toEqual({ outcome: "killed" });
  expect(said).toEqual([]);
});

test("with its first result it sets that aside, and says where it is and how to go on with it", async () => {
  const before = await readFile(file, "utf8");
  const round = await open(false);
  await Promise.all([round.keep("c", { outcome: "killed" }), round.keep("d", { outcome: "killed" })]);
  await round.keep("e", { outcome: "killed" });
  expect(await readFile(aside, "utf8")).toBe(before);
  expect(said).toEqual([
    `The results of the previous round are in ${aside} now. To go on with that: mv ${aside} ${file}, then --continue.`,
  ]);
  const results = await open(true);
  expect(["a", "c", "d", "e"].filter((id) => results.known(id))).toEqual(["c", "d", "e"]);
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
  ["has a result of another shape", '{"key":"c c0ffee","at":"2019-04-01T02:00:00.000Z","result":null}'],
  ["is an earlier version's", '{"key":"c c0ffee","part":{"outcome":"killed"}}'],
])("a line that %s is named and passed over, and the others hold", async (_, line) => {
  await appendFile(file, `${line}\n`);
  await (await open(true)).keep("d", { outcome: "killed" });
  expect(said).toEqual([`${file}:4 cannot be read and is skipped`]);
  const round = await open(true);
  expect(["a", "c", "d"].map((id) => round.known(id)?.outcome)).toEqual(["killed", undefined, "killed"]);
  expect((await readRound(file, schema)).damaged).toMatchObject([{ line: 4 }]);
});

test("what another commit came to holds no more", async () => {
  expect((await open(true, "c0ffee+1")).known("a")).toBeUndefined();
});

test("a line that was being written when the round was killed is left out", async () => {
  await appendFile(file, '{"key":"c c0ffee","at');
  const round = await open(true);
  expect([round.known("a"), round.known("c")]).toEqual([{ outcome: "killed" }, undefined]);
  await round.keep("c", { outcome: "killed" });
  expect((await open(true)).known("c")).toEqual({ outcome: "killed" });
  expect(await readFile(file, "utf8")).not.toContain("at{");
});

test("so is the first line, if that was all there was", async () => {
  await writeFile(file, '{"about":{"ki');
  await (await open(true)).keep("a", { outcome: "killed" });
  expect(await readRound(file, schema)).toMatchObject({
    round: { about: { kind: "round" }, results: [{ outcome: "killed" }] },
    damaged: [],
  });
});

test("a file that says of no round what it is of has none", async () => {
  await writeFile(file, '{"key":"a","at":"2019-04-01T02:00:00.000Z","result":{"outcome":"killed"}}\n');
  expect((await readRound(file, schema)).round).toBeUndefined();
  expect((await readRound(join(folder, "none.jsonl"), schema)).round).toBeUndefined();
});
