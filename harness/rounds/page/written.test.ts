import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { temporaryFolder } from "../../testing.ts";
import type { RoundCases } from "../kind.ts";
import { runRound, type RoundOptions, writeRound } from "../round.ts";
import { type SampleCase, sampleKind, sampleOptions, type SampleResult, trySamples } from "../sample.ts";

// Whoever edits a file meanwhile is no concern of this.
vi.mock(import("../commit.ts"), async (original) => ({
  ...(await original()),
  triedFiles: async () => "as they were",
}));

let reports: string;
beforeEach(() => void (reports = temporaryFolder()));
const options = (changes: Partial<RoundOptions> = {}): RoundOptions => sampleOptions(reports, changes);

/** What differs in a round of one case from the one before. */
const sampleRound = async (kind: typeof sampleKind, a: SampleResult["outcome"]) =>
  (await writeRound(kind, await runRound(kind, trySamples(["a"], { a }), options()), reports)).since.results;

test("a round is compared with what its cases last came to, unless its cases are drawn anew each time", async () => {
  await sampleRound(sampleKind, "killed");
  expect(await sampleRound(sampleKind, "survived")).toMatchObject([{ id: "a", was: { type: "killed" } }]);
  const drawn = { ...sampleKind, name: "drawn", isDrawn: true } as const;
  await sampleRound(drawn, "killed");
  expect(await sampleRound(drawn, "survived")).toEqual([]);
});

test("a case keeps its place, in the project relative to it, to the JUnit file and the page", async () => {
  const trying: RoundCases<SampleCase, SampleResult> = {
    ...trySamples(["a"], { a: "killed" }),
    place: ({ id }) => ({ file: join(projectRoot, `fixtures/${id}.yaml`), line: 7 }),
  };
  const round = await runRound(sampleKind, trying, options());
  expect(round.about.cases).toMatchObject([{ id: "a", place: { file: "fixtures/a.yaml", line: 7 } }]);
  const { page } = await writeRound(sampleKind, round, reports);
  expect(await readFile(join(reports, "sample.xml"), "utf8")).toContain('file="fixtures/a.yaml" line="7"');
  expect(await readFile(page, "utf8")).toContain("fixtures/a.yaml:7");
});

test("JUnit is written always, the report of a whole round only by one", async () => {
  const trying = trySamples(["a", "b"], { a: "killed", b: "survived" });
  const [xml, json] = [join(reports, "sample.xml"), join(reports, "sample.json")];
  for (const part of [{ whole: false }, { shard: { index: 1, of: 2 } }]) {
    await writeRound(sampleKind, await runRound(sampleKind, trying, options(part)), reports);
    expect(await readFile(xml, "utf8")).toContain('name="a"');
    expect(existsSync(json)).toBe(false);
  }
  await writeRound(sampleKind, await runRound(sampleKind, trying, options()), reports);
  expect(await readFile(xml, "utf8")).toMatch(/<failure type="survived"|<failure[^>]*survived/);
  expect(JSON.parse(await readFile(json, "utf8"))).toMatchObject({ results: [{ id: "a" }, { id: "b" }] });
});
