import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { Unfinished } from "./unfinished.ts";

type Part = { readonly outcome: string };

const folder = await mkdtemp(join(tmpdir(), "unfinished-"));
const file = join(folder, "reports/round.jsonl");
const open = (goOn: boolean, commit = "c0ffee"): Promise<Unfinished<Part>> =>
  Unfinished.open<Part>(file, { goOn, commit, judged: ({ outcome }) => outcome !== "not judged" });

beforeEach(async () => {
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

test("a round begins anew", async () => {
  expect((await open(false)).known("a")).toBeUndefined();
  expect((await open(true)).known("a")).toBeUndefined();
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
