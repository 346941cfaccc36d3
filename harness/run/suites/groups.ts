import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NotPossibleHere, UsageError } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Unprovable } from "../../record/record.ts";
import { projectRoot } from "../../host/paths.ts";

/** Where the milestones' suites are. */
export const suitesFolder = join(projectRoot, "suites");

/** Group names and the milestone folders each stands for. */
export async function suiteGroups(): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await readFile(join(suitesFolder, "groups.json"), "utf8");
  return z.record(z.string(), z.array(z.string())).parse(JSON.parse(text));
}

/** Milestone folders of the groups, without doubles; UsageError for an unknown name. */
export async function milestonesOf(names: readonly string[]): Promise<string[]> {
  const groups = await suiteGroups();
  const folders = names.flatMap((name) => {
    const own = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (own) return own;
    throw new UsageError(`There is no suite ${name}`, {
      hint: `Suites and groups: ${Object.keys(groups).join(", ")}.`,
    });
  });
  return [...new Set(folders)];
}

const needsSchema = z.record(z.string(), z.object({ nodes: z.number() }));

/**
 * The milestones of some groups that machines can show, and those that they cannot, with the reason. UsageError for an
 * unknown name, NotPossibleHere if they can show none.
 */
export async function provableOn(
  machines: readonly MachineSpec[],
  names: readonly string[],
): Promise<{ readonly milestones: readonly string[]; readonly unprovable: readonly Unprovable[] }> {
  const asked = await milestonesOf(names);
  const needs = needsSchema.parse(JSON.parse(await readFile(join(suitesFolder, "needs.json"), "utf8")));
  const nodes = machines.filter(({ role }) => role === "node").length;
  const lacking = (milestone: string): number => (needs[milestone]?.nodes ?? 0) - nodes;
  const unprovable = asked
    .filter((milestone) => lacking(milestone) > 0)
    .map((milestone) => ({
      claim: `the milestone ${milestone}`,
      reason: `it needs ${needs[milestone]?.nodes} nodes, and the cluster has ${nodes}`,
    }));
  const milestones = asked.filter((milestone) => lacking(milestone) <= 0);
  const [first] = unprovable;
  if (milestones.length === 0 && first) {
    throw new NotPossibleHere(`${first.claim} cannot be shown: ${first.reason}`, {
      hint: "--nodes asks a provider that makes its machines for more.",
    });
  }
  return { milestones, unprovable };
}
