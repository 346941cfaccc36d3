import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../testing.ts";
import type { Kind } from "../kind.ts";
import { sampleAbout } from "../sample.ts";
import { keepLast, readLast, sinceLast, sinceLines } from "./since.ts";

type Result = { readonly id: string; readonly came: string; readonly seconds: number };
const kind: Kind<Result> = {
  name: "sample",
  title: "a sample",
  schema: z.object({ id: z.string(), came: z.string(), seconds: z.number() }),
  read: ({ id, came, seconds }) => ({
    className: "sample",
    name: id,
    seconds,
    outcome: came === "killed" ? "passed" : came === "survived" ? "failed" : "error",
    type: came,
    exitCode: 0,
  }),
  document: () => ({}),
  summary: () => "",
};

/** A round of results, one at each minute of its hour. */
const roundOf = (hour: number, ...results: (readonly [id: string, came: string, seconds: number])[]) => ({
  about: sampleAbout({ kind: "sample", commit: `c${hour}` }),
  lines: results.map(([id, came, seconds], minute) => ({
    key: id,
    at: `2019-04-01T0${hour}:0${minute}:00.000Z`,
    result: { id, came, seconds },
  })),
});

/** Keeps one round after the other, and resolves with how the last is not as those before. */
async function after(...rounds: ReturnType<typeof roundOf>[]) {
  const reports = temporaryFolder();
  let since;
  for (const round of rounds) {
    const known = await readLast("sample", reports);
    since = sinceLast(kind, round, known);
    await keepLast(kind, round, known, reports);
  }
  if (!since) throw new Error("no round");
  return since;
}

test("a round is compared, case by case, with what each last came to, in whichever round that was", async () => {
  const since = await after(
    roundOf(1, ["a", "killed", 60], ["b", "killed", 100], ["c", "killed", 3]),
    roundOf(2, ["b", "killed", 40]),
    roundOf(3, ["a", "survived", 61], ["b", "killed", 90], ["c", "killed", 12], ["d", "killed", 5]),
  );
  expect(sinceLines(since)).toEqual([
    "  a: killed → survived, before 2019-04-01 01:00 UTC at c1 with source on nspawn",
    "  b: 40.0 s → 1 min 30 s",
    "3 cases judged before, too: 1 min 43 s in total then, 2 min 43 s now",
  ]);
});

test("of many durations the largest differences are told", async () => {
  const cases = ["a", "b", "c", "d", "e", "f", "g"].map((id, index) => [id, "killed", 20 + index] as const);
  const slow = cases.map(([id, came, seconds], index) => [id, came, seconds * 3 + index] as const);
  expect(sinceLines(await after(roundOf(1, ...cases), roundOf(2, ...slow)))).toEqual([
    "  g: 26.0 s → 1 min 24 s",
    "  f: 25.0 s → 1 min 20 s",
    "  e: 24.0 s → 1 min 16 s",
    "  d: 23.0 s → 1 min 12 s",
    "  c: 22.0 s → 1 min 08 s",
    "  2 more cases took notably longer or shorter",
    "7 cases judged before, too: 2 min 41 s in total then, 8 min 24 s now",
  ]);
});

test("what was not judged is told, and is nothing to compare with later", async () => {
  const [whole, starved] = [roundOf(1, ["a", "killed", 60]), roundOf(2, ["a", "not judged", 0])];
  expect(sinceLines(await after(whole, starved))).toEqual([
    "  a: killed → not judged, before 2019-04-01 01:00 UTC at c1 with source on nspawn",
  ]);
  expect(sinceLines(await after(whole, starved, roundOf(3, ["a", "killed", 61])))).toEqual([
    "1 case judged before, too: 1 min 00 s in total then, 1 min 01 s now",
  ]);
  expect(sinceLines(await after(starved))).toEqual([]);
});

test("a result that a round has kept, and tells again, is compared with the one before it", async () => {
  const [first, second] = [roundOf(1, ["a", "killed", 60]), roundOf(2, ["a", "survived", 60])];
  expect((await after(first, second, second, second)).results).toMatchObject([
    { id: "a", was: { at: first.lines[0]?.at } },
  ]);
});

test("a file that is damaged is set aside, and nothing is known", async () => {
  const reports = temporaryFolder();
  await writeFile(join(reports, "sample.last.json"), "{");
  expect(await readLast("sample", reports)).toEqual({});
  expect(await readdir(reports)).toEqual(["sample.last.json.damaged-1"]);
});
