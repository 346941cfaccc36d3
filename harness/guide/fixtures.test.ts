import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../paths.ts";
import { errataIds, loadErrata } from "./errata.ts";
import { buildPlan, type PlanInput } from "./plan.ts";
import { portNames } from "./ports.ts";
import { machines } from "./testing.ts";
import { readText } from "../yaml-file.ts";

const fixtures = join(projectRoot, "fixtures");
const guideFile = join(fixtures, "guide/guide.md");
const ids = await errataIds(join(fixtures, "errata"));
const ports = await portNames(join(fixtures, "ports"));
const errata = await loadErrata(join(fixtures, "errata"), ids);

const build = (input: Partial<PlanInput> = {}) =>
  buildPlan({ guideFile, machines, ports: [], errata: [], extraEdits: [], ...input });
const corrected = await build();
const steps = corrected.groups.map(({ id }) => id);
const sections = corrected.guide.sections.map(({ number }) => number);
const milestones = [
  "etcd health",
  "apiserver TLS",
  "CSR approval",
  "node Ready",
  "flannel subnets",
  "cross-node pod ping",
  "kube-proxy distribution",
];

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

  test("is read and planned in 50 ms of the processor's time", async () => {
    const times: number[] = [];
    for (let run = 0; run < 10; run++) {
      const before = process.threadCpuUsage();
      await build({ ports });
      const { user, system } = process.threadCpuUsage(before);
      times.push((user + system) / 1000);
    }
    expect(Math.min(...times)).toBeLessThan(50);
  });
});

describe("an erratum", () => {
  test.each(errata)(
    "$id: its changes fit the guide, what it names exists",
    async ({ id, section, symptom, changes }) => {
      expect(sections).toContain(section);
      expect([...steps, ...sections, ...milestones]).toContain(symptom.where);
      const plan = await build({ errata: [id] });
      const touched = plan.groups.some(({ steps: [step] }) => step?.changedBy.some((by) => by.id === id));
      expect(touched || plan.dropped.length > 0).toBe(changes.length > 0);
    },
  );

  test("of each id is there once", () => {
    expect(errata.map(({ id }) => id)).toEqual(ids);
    expect(ids.length).toBeGreaterThan(0);
  });
});

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
