import { readFile } from "node:fs/promises";
import { parse } from "junit2json";
import { expect, test } from "vitest";
import { breaches, inAllure } from "../report/junit/testing.ts";
import { processRedactor } from "../secrets/redact.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { junitOf } from "./kind.ts";
import { kinds } from "./merge.ts";
import { leaveOut } from "./ablation/ablation.ts";
import { tryMutants } from "./mutants/attempt.ts";
import { loadMutants } from "./mutants/catalogue.ts";
import { reproduceEach } from "./repro/one.ts";
import { loadEntries } from "./repro/catalogue/catalogue.ts";
import type { RoundHeader } from "./records.ts";
import { sampleAbout } from "./sample.ts";

test("no case has a name that the redactor takes for a secret: a result is known by it", async () => {
  const { groups } = await planOf(defaultSettings);
  const cases = [await loadMutants(), await loadEntries(), groups].flat().map(({ id }) => ({ id, step: id }));
  expect(processRedactor.value(cases)).toEqual(cases);
});

/** Results of each kind, as records have them. */
const samples: Readonly<Record<string, readonly object[]>> = {
  mutants: ["killed", "survived", "not judged"].map((outcome, index) => ({
    id: `m${index}`,
    kind: "edit",
    section: "2.4.4",
    expected: "etcd",
    red: [],
    outcome,
    detail: "",
    seconds: 85.13589999999999,
  })),
  ablate: ["by a step", "not judged"].map((missed, index) => ({
    step: `2.4.4/s${index}`,
    missed,
    verdict: "guide",
    red: [],
    fresh: true,
    seconds: 1,
  })),
  repro: ["reproduced", "not reproduced", "not here", "not judged"].map((outcome) => ({
    id: outcome,
    section: "3.2.8",
    outcome,
    seen: "a < b",
    seconds: 44.7029,
    exitCode: 0,
  })),
  chaos: [
    { hit: true, defects: ["a lie"] },
    { hit: false, defects: [] },
    { hit: false, defects: [], notPlayed: "no machine" },
  ].map((one, round) =>
    Object.assign(one, {
      seed: 1,
      round,
      kind: "link cut",
      machine: 0,
      from: 0,
      at: 1,
      left: [],
      seconds: 1,
    }),
  ),
};

test.each(kinds)("the JUnit file of $name is as readers take it, places and all", async (kind) => {
  const results = (samples[kind.name] ?? []).map((sample) => kind.schema.parse(sample));
  const names = results.map((result) => kind.read(result).name);
  // What is drawn stands nowhere.
  const cases = names.map((id, index): RoundHeader["cases"][number] =>
    kind.isDrawn
      ? { id, key: id }
      : { id, key: id, place: { file: `fixtures/guide/${kind.name}.yaml`, line: index + 1 } },
  );
  const xml = junitOf(kind, { about: sampleAbout({ kind: kind.name, cases }), results });
  expect(breaches(xml)).toEqual([]);
  const parsed = await parse(xml);
  const [suite] = parsed && "testsuite" in parsed ? (parsed.testsuite ?? []) : [];
  expect(suite?.testcase).toMatchObject(
    cases.map(({ id: name, place: at }) => (at ? { name, file: at.file, line: at.line } : { name })),
  );
  expect(/ (?:file|line)=/.test(xml)).toBe(!kind.isDrawn);
  expect((await inAllure(xml))?.map(({ name }) => name)).toEqual(names);
});

test("a case of the catalogues leads to its file, a step that is left out to its line in the guide", async () => {
  const [mutant] = await loadMutants(["affinity-forgotten"]);
  const [entry] = await loadEntries(["clock-skew"]);
  const { groups } = await planOf(defaultSettings);
  const group = groups.find(({ id }) => id === "2.4.4/start-etcd");
  if (!mutant || !entry || !group) throw new Error("one of them is gone");
  const placed = [
    tryMutants([mutant]).place?.(mutant),
    reproduceEach([entry], { fix: false, fresh: false }).place?.(entry),
    leaveOut([group], defaultSettings, false).place?.(group),
  ];
  const begins = [/^id: affinity-forgotten$/, /^id: clock-skew$/, /^```bash run/];
  for (const [index, place] of placed.entries()) {
    const lines = (await readFile(place?.file ?? "", "utf8")).split("\n");
    expect(lines[(place?.line ?? 0) - 1]).toMatch(begins[index] ?? "");
  }
});

test("what was tried from a checkpoint does not hold for a round that is to begin with new machines", async () => {
  const [entry] = await loadEntries(["clock-skew"]);
  const { groups } = await planOf(defaultSettings);
  const [group] = groups;
  if (!entry || !group) throw new Error("one of them is gone");
  const bases = (fresh: boolean): unknown[] => [
    leaveOut([group], defaultSettings, fresh).basis?.(group),
    reproduceEach([entry], { fix: true, fresh }).basis?.(entry),
  ];
  for (const [index, basis] of bases(true).entries()) expect(basis).not.toEqual(bases(false)[index]);
});

test("kinds have names of their own", () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});
