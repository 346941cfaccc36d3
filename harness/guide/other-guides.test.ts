import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { readText } from "../input/yaml-file.ts";
import { loadProfile } from "../profile/profile.ts";
import { buildPlan } from "./plan/plan.ts";
import { check } from "./check/testing.ts";

/** Guides of other hands, of which the project serves what their profiles say; and how many steps each has. */
const guides = [
  ["opt-guide", 63],
  ["sudo-guide", 53],
] as const;

describe.each(guides)("%s", (name, steps) => {
  const guideFile = join(projectRoot, "fixtures", name, "guide.md");
  const profile = loadProfile(guideFile);

  test("is clean, but for what it keeps, and all of it is followed", async () => {
    const { findings, kept, unfollowed } = await check({ guideFile });
    expect(findings).toEqual([]);
    expect(unfollowed).toEqual([]);
    expect(new Set(kept.map(({ rule, step }) => `${rule} ${step}`))).toEqual(
      new Set(profile.kept.map(({ rule, step }) => `${rule} ${step}`)),
    );
  });

  test("is planned whole: each fence is a block, each step has a machine", async () => {
    const plan = await buildPlan({ guideFile, ports: [], errata: [], extraEdits: [] });
    const fences = (await readText(guideFile)).split("\n").filter((line) => /^```\w/.test(line));
    expect(plan.accounting.total).toBe(fences.length);
    expect(plan.groups.reduce((sum, group) => sum + group.steps.length, 0)).toBe(steps);
  });

  test("has the sections that its profile says give something", async () => {
    const { guide } = await buildPlan({ guideFile, ports: [], errata: [], extraEdits: [] });
    const sections = new Set(guide.sections.map(({ number }) => number));
    const named = Object.values(profile.milestones).flatMap(({ guards }) => Object.values(guards).flat());
    expect(named.filter((section) => !sections.has(section))).toEqual([]);
  });
});
