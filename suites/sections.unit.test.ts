import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createVitest, type TestCase, type Vitest } from "vitest/node";
import { profile } from "./cluster/run.ts";
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
  expect([...milestones].toSorted()).toEqual(Object.keys(profile.milestones).toSorted());
});

test("every file of tests is one that vitest finds", async () => {
  const found = new Set(tests.map(({ module }) => module.moduleId));
  const all = await Array.fromAsync(glob("suites/**/*.{test,spec}.?(c|m)[jt]s?(x)", { cwd: root }));
  const own = all.filter((file) => !file.endsWith(".unit.test.ts")).map((file) => join(root, file));
  expect(own.length).toBeGreaterThan(20);
  expect(own.filter((file) => !found.has(file))).toEqual([]);
});

test("no test is left out by its text: what cannot be proved is skipped as it runs, with the reason", () => {
  expect(tests.filter(({ options }) => options.mode !== "run").map(({ fullName }) => fullName)).toEqual([]);
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

test.each([
  ["kube-scheduler of t71", "2.6.3.1,2.6.3.2"],
  ["flanneld of t72", "4.2.2,4.2.3"],
])("tests of a fault name the settings and the unit of what it takes away, first: %s", (name, sections) => {
  const own = tests.filter(({ fullName }) => fullName.startsWith(`${name} killed: `));
  const named = own.map((found) => found.meta().sections?.slice(0, 2).join());
  expect(new Set(named)).toEqual(new Set([sections]));
});

test.for(Object.entries(profile.milestones))(
  "%s has no section in the profile that no test guards",
  ([name, { guards }]) => {
    const guarded = tests
      .filter(({ module }) => milestoneOf(module.moduleId) === name)
      .flatMap((found) => found.meta().sections ?? []);
    expect(new Set(Object.values(guards).flat())).toEqual(new Set(guarded));
  },
);
