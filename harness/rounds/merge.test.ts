import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silent } from "../progress.ts";
import { defaultSettings } from "../settings/settings.ts";
import { exitCodeOf, junitOf } from "./kind.ts";
import { mergeRounds } from "./merge.ts";
import { mutants, type MutantResult } from "./mutants/judge.ts";
import { lockRound, runRound } from "./round.ts";
import { repro } from "./repro/catalogue/result.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

const say = (): void => undefined;
const { signal } = new AbortController();
const resultOf = (id: string, outcome: MutantResult["outcome"]): MutantResult => ({
  id,
  kind: "edit",
  section: "2.4.4",
  expected: "etcd",
  red: [],
  outcome,
  detail: "it leads",
  seconds: 1,
});

/** Plays a shard of a round of mutants that are as they are told, and resolves with its folder. */
async function shard(
  index: number,
  of: number,
  { outcomes = ["killed", "killed", "killed"], artifacts = "source", to = `${index}-${of}` } = {},
): Promise<string> {
  const reports = join(folder, to);
  const results = outcomes.map((outcome, number) =>
    resultOf(`m${number}`, outcome === "survived" ? "survived" : "killed"),
  );
  const trying = {
    cases: results,
    async *attempt(batch: readonly MutantResult[]) {
      yield* batch;
    },
    notJudged: (result: MutantResult) => result,
  };
  const settings = { ...defaultSettings, artifacts };
  const options = { settings, versions: {}, whole: true, jobs: 1, keepResults: false, signal, reports };
  await runRound(mutants, trying, { ...options, shard: { index, of }, progress: silent });
  return reports;
}
const merged = () => join(folder, "merged");

test("shards make one round: its score, JUnit and exit code, in the order of the cases", async () => {
  const outcomes = ["killed", "survived", "killed", "killed", "killed"];
  const shards = [
    await shard(2, 3, { outcomes }),
    await shard(1, 3, { outcomes }),
    await shard(3, 3, { outcomes }),
  ];
  const { kind, round } = await mergeRounds(shards, say, merged());
  expect(kind).toBe(mutants);
  expect(round.about.shard).toBeUndefined();
  expect(round.about.cases.map(({ id }) => id)).toEqual(["m0", "m1", "m2", "m3", "m4"]);
  expect(kind.document(round)).toMatchObject({ killed: 4, of: 5, artifactSet: "source" });
  expect(exitCodeOf(kind, round)).toBe(1);
  const xml = junitOf(kind, round);
  expect([...xml.matchAll(/<testcase[^>]* name="(\w+)"/g)].map(([, name]) => name)).toEqual([
    "m0",
    "m1",
    "m2",
    "m3",
    "m4",
  ]);
  // What it has kept is one whole round.
  expect((await mergeRounds([merged()], say, join(folder, "again"))).round.results).toEqual(round.results);
});

test("none is merged into reports where a round of that kind is under way", async () => {
  const shards = [await shard(1, 1)];
  await lockRound("mutants", { reports: merged() }, () =>
    expect(mergeRounds(shards, say, merged())).rejects.toMatchObject({
      verdict: "usage",
      message: expect.stringContaining("Another round of mutants is under way"),
    }),
  );
  expect((await mergeRounds(shards, say, merged())).page).toBe(join(merged(), "mutants.html"));
});

test("an empty shard of a round of fewer cases is one of its shards", async () => {
  const shards = [await shard(1, 2, { outcomes: ["killed"] }), await shard(2, 2, { outcomes: ["killed"] })];
  const { kind, round } = await mergeRounds(shards, say, merged());
  expect([round.results.length, exitCodeOf(kind, round)]).toEqual([1, 0]);
});

test.each<[string, () => Promise<string[]>, RegExp]>([
  ["a missing shard", async () => [await shard(1, 3), await shard(3, 3)], /^Missing: shard 2\/3$/],
  [
    "the same shard twice",
    async () => [await shard(1, 2), await shard(1, 2, { to: "again" }), await shard(2, 2)],
    /^Shard 1\/2 is there 2 times: .*1-2.*again/,
  ],
  ["other splits", async () => [await shard(1, 2), await shard(2, 3)], /different splits: of 2 .*of 3/],
  [
    "other cases",
    async () => [await shard(1, 2), await shard(2, 2, { outcomes: ["killed", "killed"] })],
    /different cases or settings/,
  ],
  [
    "other settings",
    async () => [await shard(1, 2), await shard(2, 2, { artifacts: "upstream" })],
    /different cases or settings: .*source.*upstream/,
  ],
  [
    "one shard under the number of another",
    async () => {
      const [one, other] = [await shard(1, 2), await shard(1, 2, { to: "again" })];
      const file = join(other, "mutants.jsonl");
      await writeFile(file, (await readFile(file, "utf8")).replace('"index":1', '"index":2'));
      return [one, other];
    },
    /do not have the cases of the round/,
  ],
  [
    "a shard without its cases",
    async () => {
      const [one, other] = [await shard(1, 2), await shard(2, 2)];
      const file = join(other, "mutants.jsonl");
      await writeFile(file, (await readFile(file, "utf8")).replace(/"cases":\[.*?\]/, '"cases":[]'));
      return [one, other];
    },
    /do not have the cases of the round/,
  ],
  [
    "other commits",
    async () => {
      const [one, other] = [await shard(1, 2), await shard(2, 2)];
      const file = join(other, "mutants.jsonl");
      await writeFile(file, (await readFile(file, "utf8")).replace(/"commit":"\w+/, '"commit":"c0ffee'));
      return [one, other];
    },
    /different commits: /,
  ],
  [
    "other kinds",
    async () => {
      const [one, other] = [await shard(1, 2), await shard(2, 2)];
      await cp(join(other, "mutants.jsonl"), join(other, `${repro.name}.jsonl`));
      return [one, join(other, `${repro.name}.jsonl`)];
    },
    /different kinds: mutants, repro$/,
  ],
  [
    "a record of one kind under the name of another",
    async () => {
      const one = await shard(1, 1);
      await cp(join(one, "mutants.jsonl"), join(one, `${repro.name}.jsonl`));
      return [join(one, `${repro.name}.jsonl`)];
    },
    /cannot be read/,
  ],
  [
    "a shard that is not finished",
    async () => {
      const one = await shard(1, 1);
      const file = join(one, "mutants.jsonl");
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      await writeFile(file, `${lines.slice(0, -1).join("\n")}\n{"key":"m2`);
      return [one];
    },
    /\(shard 1\/1\) is not finished: 1 case of 3 have no result$/,
  ],
  [
    "a damaged record",
    async () => {
      const one = await shard(1, 1);
      await appendFile(join(one, "mutants.jsonl"), "{broken\n");
      return [one];
    },
    /cannot be read: it is not JSON$/,
  ],
  ["a folder without a record", () => Promise.resolve([folder]), /^There is no record of a round in /],
  ["a folder that is not there", () => Promise.resolve(["/no/such"]), /^There is no record of a round in /],
])("%s is an error, and nothing is kept", async (_, make, message) => {
  const paths = await make();
  await expect(mergeRounds(paths, say, merged())).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringMatching(message),
  });
  await expect(readFile(join(merged(), "mutants.jsonl"))).rejects.toThrow("ENOENT");
});
