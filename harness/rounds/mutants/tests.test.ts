import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { projectRoot } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { profile } from "../../profile/testing.ts";
import { type ListedTest, vitestProgram } from "../../run/suites/program.ts";
import { nameHas } from "../../run/suites/selection.ts";
import { defaultSettings, machinesOf } from "../../settings/settings.ts";
import { loadMutants } from "./catalogue.ts";

const mutants = await loadMutants();
let tests: readonly ListedTest[] = [];
beforeAll(async () => {
  // To list tests takes seconds, and on a busy host many.
  using context = interruptions("Nothing was started.", new Deadlines(100));
  const facts = { guide: defaultSettings.guide, machines: await machinesOf(defaultSettings) };
  tests = await vitestProgram.list(Object.keys(profile.milestones), facts, context);
}, 600_000);

const withText = (milestones: readonly (string | undefined)[], text: string): ListedTest[] =>
  tests.filter(({ milestone, name }) => milestones.includes(milestone) && nameHas(text)(name));

test.each(mutants)("$id names tests that there are, one of its milestone among them", (mutant) => {
  const { milestone, also_red, tests: named = [] } = mutant;
  expect(named.filter((text) => withText([milestone, ...also_red], text).length === 0)).toEqual([]);
  expect(named.some((text) => withText([milestone], text).length > 0)).toBe(milestone !== undefined);
});

const inPart = mutants.filter((mutant) => mutant.kind === "edit").filter(({ grep }) => grep !== undefined);
test.each(inPart)(
  "$id runs no more than the tests of one fault, those that it names among them",
  ({ milestone, grep = "", tests: named = [] }) => {
    expect([1, 2, 3, 4, 5]).toContain(withText([milestone], grep).length);
    expect(named.filter((text) => !nameHas(grep)(text))).toEqual([]);
  },
);

/** What a test looks at, whichever machine, boot, fault or program it looks at it for. */
const checkOf = ({ milestone, name }: Pick<ListedTest, "milestone" | "name">): string => {
  const own = name
    .replace(/^.* > /, "")
    .replace(/^.*: (all is back), .*/, "$1")
    .replace(/^t\d\d (memory|file descriptors) of .*/, "$1")
    .replaceAll(/\bt\d\d\b|192\.168\.4\.\d+/g, "a machine");
  return `${milestone}: ${own}`;
};

/** The rows of docs/suites.md's table of tests that have no mutant. */
const excepted = async (): Promise<string[]> => {
  const text = await readFile(join(projectRoot, "docs/suites.md"), "utf8");
  const [, table = ""] = text.split("| test without a mutant | why |");
  return [...(table.split("\n\n", 1)[0] ?? "").matchAll(/^\| `([\w-]+)`: (.+?) \|/gm)].map(
    ([, milestone, name]) => `${milestone}: ${name}`,
  );
};

test("every check is named by a mutant, or docs/suites.md says why by none", async () => {
  const named = new Set(
    mutants.flatMap(({ milestone, also_red, tests: texts = [] }) =>
      texts.flatMap((text) => withText([milestone, ...also_red], text)).map(checkOf),
    ),
  );
  expect(named.size).toBeGreaterThan(50);
  const without = new Set(tests.map(checkOf).filter((check) => !named.has(check)));
  expect([...without].toSorted()).toEqual((await excepted()).toSorted());
});
