import { basename } from "node:path";
import { expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { loadMutants, type Mutant, sectionOf } from "./catalogue.ts";

const mutants = await loadMutants();
const settings = { ...defaultSettings, artifacts: "upstream" };
const { groups } = await planOf(settings);
const steps = groups.map(({ id }) => id);

/** The sections that a mutant puts on trial: that which it breaks, and that whose own step has to notice. */
const sectionsOf = (mutant: Mutant): string[] => [
  sectionOf(mutant),
  ...(mutant.step === undefined ? [] : [mutant.step.split("/", 1)[0] ?? ""]),
];

test("there are at least 60", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(60);
});

test.each(mutants)("$id is named as its file, fits the guide and says what is to be red", async (mutant) => {
  const { id, file, kind, milestone, step, also_red } = mutant;
  expect(id).toBe(basename(file, ".yaml"));
  expect(also_red).not.toContain(milestone);
  expect(steps).toEqual(expect.arrayContaining(step === undefined ? [] : [step]));
  const changed =
    kind === "edit"
      ? (await planOf({ ...settings, edits: [file] })).groups.filter(({ steps: [first] }) =>
          first?.changedBy.some((by) => by.id === id),
        )
      : groups.filter(({ steps: [first] }) => first?.section === sectionOf(mutant));
  expect(changed.length, "steps that it breaks").toBeGreaterThan(0);
});

test("every section that has steps is on trial", () => {
  const tried = new Set(mutants.flatMap(sectionsOf));
  const sections = new Set(groups.flatMap(({ steps: [first] }) => first?.section ?? []));
  expect(sections.size).toBeGreaterThan(45);
  expect([...sections].filter((section) => !tried.has(section))).toEqual([]);
});

test("the guide's own steps notice few of them; suites are what is on trial", () => {
  expect(mutants.filter(({ step }) => step !== undefined).length).toBeLessThanOrEqual(12);
});

test.for(Object.keys(profile.milestones))(
  "%s has at least two mutants, one of them an edit of the guide",
  (name) => {
    const own = mutants.filter(({ milestone }) => milestone === name).map(({ kind }) => kind);
    expect(own.length).toBeGreaterThanOrEqual(2);
    expect(own).toContain("edit");
  },
);

test("an unknown mutant is refused with the nearest one", async () => {
  await expect(loadMutants(["userspace-mod"])).rejects.toMatchObject({
    details: { hint: 'did you mean "userspace-mode"? `pnpm mutants --list` shows them all.' },
  });
});
