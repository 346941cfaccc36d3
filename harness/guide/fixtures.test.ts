import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { profile } from "../profile/testing.ts";
import { type Erratum, loadErrata, needs } from "./edit/errata.ts";
import { editNames } from "./edit/folder.ts";
import { buildPlan, type PlanInput } from "./plan/plan.ts";
import type { Plan } from "./types.ts";
import { readText } from "../input/yaml-file.ts";

const fixtures = join(projectRoot, "fixtures/guide");
const guideFile = join(fixtures, "guide.md");
const ids = await editNames(join(fixtures, "errata"));
const ports = await editNames(join(fixtures, "ports"));
const errata = await loadErrata(join(fixtures, "errata"), ids);
const mistakesFolder = join(fixtures, "mistakes");
const mistakes = await loadErrata(mistakesFolder, await editNames(mistakesFolder));

const build = (input: Partial<PlanInput> = {}) =>
  buildPlan({ guideFile, ports: [], errata: [], extraEdits: [], ...input });
const corrected = await build();
const steps = corrected.groups.map(({ id }) => id);
const sections = corrected.guide.sections.map(({ number }) => number);
const known = [...steps, ...sections, ...Object.keys(profile.milestones)];

/** What an entry names of the guide and its suites. */
function named({ section, symptom, faults, proof }: Erratum): string[] {
  const of = [section, ...faults.map(({ after }) => after), ...Object.values(proof ?? {})];
  if ("step" in symptom) return [...of, symptom.step];
  if ("milestone" in symptom) return [...of, symptom.milestone];
  return "probe" in symptom ? [...of, symptom.after ?? [], symptom.from ?? []].flat() : of;
}

describe("the guide", () => {
  test("has as many blocks as fences", async () => {
    const opened = (await readText(guideFile)).split("\n").filter((line) => /^\s*```\w/.test(line));
    expect(corrected.accounting.total).toBe(opened.length);
    expect(corrected.accounting.total).toBeGreaterThan(60);
    expect(corrected.dropped).toEqual([]);
  });

  test("has the original's sections and claims in the last of them", () => {
    expect(sections.filter((number) => !number.includes("."))).toEqual(["1", "2", "3", "4", "5"]);
    expect(corrected.guide.claims.length).toBeGreaterThan(0);
  });
});

test("docs/guide-grammar.md has what a symptom may need of machines", async () => {
  const [row = ""] =
    /^\| `needs` \|.*$/m.exec(await readText(join(projectRoot, "docs/guide-grammar.md"))) ?? [];
  const [, ...words] = Array.from(row.matchAll(/`([\w-]+)`/g), ([, name]) => name);
  expect(words).toEqual(needs.options);
});

describe("an erratum", () => {
  test.each(errata)("$id: its changes fit the guide, what it names exists", async (erratum) => {
    const { id, changes } = erratum;
    expect(known).toEqual(expect.arrayContaining(named(erratum)));
    expect(changersOf(await build({ errata: [id] }))).toEqual(changes.length > 0 ? [id] : []);
  });

  test("that shows as a failed step or a red milestone changes the guide", () => {
    const biting = errata.filter(({ symptom }) => "step" in symptom || "milestone" in symptom);
    expect(biting.filter(({ changes }) => changes.length === 0).map(({ id }) => id)).toEqual([]);
    expect(biting.length).toBeGreaterThan(10);
  });

  test("of each id is there once", () => {
    expect(errata.map(({ id }) => id)).toEqual(ids);
    expect(ids.length).toBeGreaterThan(0);
  });

  test("goes in together with all the others", async () => {
    const changing = errata.filter(({ changes }) => changes.length > 0).map(({ id }) => id);
    expect(changersOf(await build({ errata: ids }))).toEqual(changing);
    for (const some of [["embedded-os"], ports]) {
      expect(changersOf(await build({ errata: ids, ports: some }))).toContain("etcd-enable-typo");
    }
  });
});

describe("a mistake", () => {
  test.each(mistakes)("$id: its changes fit the guide, what it names exists", async (mistake) => {
    const { id, changes, faults, remedy, file, holdsFor } = mistake;
    expect(mistake.class).toBe("operator");
    expect(known).toEqual(expect.arrayContaining(named(mistake)));
    expect(changes.length + faults.length, "it does something").toBeGreaterThan(0);
    expect(changes.length + remedy.length, "it can be put right").toBeGreaterThan(0);
    for (const set of holdsFor.sets) {
      const changed = await build({
        extraEdits: [file],
        ports: set === "upstream" ? ["embedded-os"] : ports,
      });
      expect(changersOf(changed).filter((by) => by === id)).toEqual(changes.length > 0 ? [id] : []);
    }
  });
});

/** Ids of what changed a plan, sorted. */
function changersOf({ groups, dropped }: Plan): string[] {
  const changers = groups.flatMap(({ steps: [step] }) => step?.changedBy.map(({ id }) => id) ?? []);
  return [...new Set([...changers, ...dropped.map(({ by }) => by)])].toSorted();
}

describe("a port", () => {
  test.each(ports)("%s fits the corrected guide", async (port) => {
    const plan = await build({ ports: [port] });
    const changed = plan.groups.filter(({ steps: [step] }) => step?.changedBy.some(({ id }) => id === port));
    expect(changed.length + plan.dropped.length).toBeGreaterThan(0);
  });

  test("fits in the company of the others, in any order", async () => {
    const [one, other] = await Promise.all([build({ ports }), build({ ports: ports.toReversed() })]);
    const actions = ({ groups }: typeof one) =>
      groups.flatMap((group) => group.steps.map(({ key, action }) => ({ key, action })));
    expect(actions(one)).toEqual(actions(other));
  });

  test("leaves what it does not touch byte for byte", async () => {
    const before = new Map(
      corrected.groups.flatMap((group) => group.steps.map((step) => [step.key, step] as const)),
    );
    const untouched = (await build({ ports })).groups
      .flatMap((group) => group.steps)
      .filter(({ changedBy }) => changedBy.length === 0);
    expect(untouched.map((step) => before.get(step.key))).toEqual(untouched);
    expect(untouched.length).toBeGreaterThan(steps.length / 2);
  });
});
