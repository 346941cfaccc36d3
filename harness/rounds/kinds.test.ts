import { expect, test } from "vitest";
import { suiteXml } from "../report/junit/cases.ts";
import { breaches } from "../report/junit/testing.ts";
import { processRedactor } from "../secrets/redact.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";
import { kinds } from "./merge.ts";
import { loadMutants } from "./mutants/catalogue.ts";
import { loadEntries } from "./repro/catalogue/catalogue.ts";

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

test.each(kinds)("the JUnit file of $name is as readers take it", ({ name, title, schema, ...kind }) => {
  const results = (samples[name] ?? []).map((sample) => schema.parse(sample));
  expect(results.length).toBeGreaterThan(1);
  expect(
    breaches(
      suiteXml(
        { name, title },
        results.map((result) => kind.read(result)),
      ),
    ),
  ).toEqual([]);
});

test("kinds have names of their own", () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});
