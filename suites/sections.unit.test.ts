import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createVitest, type TestCase, type Vitest } from "vitest/node";
import groups from "./groups.json" with { type: "json" };
import { milestoneOf } from "./sequencer.ts";

const root = join(import.meta.dirname, "..");

let vitest: Vitest;
let tests: TestCase[];
let errors: unknown[];

beforeAll(async () => {
  const config = join(root, "suites", "vitest.config.ts");
  vitest = await createVitest("test", { config, watch: false, reporters: [{}] });
  const { testModules, unhandledErrors } = await vitest.collect([], { staticParse: false });
  errors = unhandledErrors;
  tests = testModules.flatMap((module) => Array.from(module.children.allTests()));
}, 60_000);

afterAll(() => vitest.close());

test("every milestone has a suite", () => {
  expect(errors).toEqual([]);
  const milestones = new Set(tests.map(({ module }) => milestoneOf(module.moduleId)));
  expect([...milestones].toSorted()).toEqual(groups.all.toSorted());
});

test("every test names the sections that it guards, and the guide has them", async () => {
  const guide = await readFile(join(root, "fixtures", "guide", "guide.md"), "utf8");
  const sections = new Set([...guide.matchAll(/^#+ ([\d.]+) /gm)].map(([, number]) => number));
  const wrong = tests.flatMap((found) => {
    const named = found.meta().sections ?? [];
    const unknown = named.filter((section) => !sections.has(section));
    return named.length === 0 || unknown.length > 0
      ? [`${found.fullName}: ${unknown.join(", ") || "none"}`]
      : [];
  });
  expect(sections.size).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

test("guards.json says which sections each milestone guards; `vitest run -u` writes it anew", async () => {
  const guards = Object.fromEntries(
    groups.all.map((milestone) => [milestone, [...new Set(sectionsOf(milestone))].toSorted(bySection)]),
  );
  await expect(`${JSON.stringify(guards, null, 2)}\n`).toMatchFileSnapshot(join(root, "suites/guards.json"));
});

const bySection = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

const sectionsOf = (milestone: string): string[] =>
  tests
    .filter(({ module }) => milestoneOf(module.moduleId) === milestone)
    .flatMap((found) => found.meta().sections ?? []);
