import { join } from "node:path";
import { NotPossibleHere, UsageError } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Unprovable } from "../../record/record.ts";
import { projectRoot } from "../../host/paths.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { nodesOf } from "../../profile/machines.ts";
import { loadProfile, type Profile } from "../../profile/profile.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import type { Recorder } from "../recorder.ts";

/** Where the milestones' suites are. */
export const suitesFolder = join(projectRoot, "suites");

type Milestones = Pick<Profile, "milestones">;

/** Whether milestones are among those that stand apart: their suites boot machines, or take parts of the cluster away. */
export const isApart = (names: readonly string[], { milestones }: Milestones): boolean =>
  names.some((name) => milestones[name]?.apart);

/** What `pnpm suite` takes, with its milestones in the guide's order; `all` has none that stands apart. */
export function suiteGroups({ milestones }: Milestones): Readonly<Record<string, readonly string[]>> {
  const all = Object.keys(milestones);
  const groups = Map.groupBy(
    all.filter((name) => milestones[name]?.group !== undefined),
    (name) => milestones[name]?.group ?? "",
  );
  return {
    ...Object.fromEntries([...all.map((name) => [name, [name]] as const), ...groups]),
    all: all.filter((name) => !isApart([name], { milestones })),
  };
}

/** Milestones of the groups, without doubles; UsageError for an unknown name. */
export function milestonesOf(names: readonly string[], profile: Milestones): string[] {
  const groups = suiteGroups(profile);
  const folders = names.flatMap((name) => {
    const own = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (own) return own;
    throw new UsageError(`There is no suite ${name}`, {
      hint: suggestFrom(name, Object.keys(groups), `Suites and groups: ${Object.keys(groups).join(", ")}.`),
    });
  });
  return [...new Set(folders)];
}

/** Milestones of groups by whether machines can show them. UsageError for an unknown name, NotPossibleHere if they show none. */
export function provableOn(
  machines: readonly MachineSpec[],
  names: readonly string[],
  profile: Milestones,
): { readonly milestones: readonly string[]; readonly unprovable: readonly Unprovable[] } {
  const asked = milestonesOf(names, profile);
  const nodes = nodesOf(machines);
  const needed = (milestone: string): number => profile.milestones[milestone]?.nodes ?? 1;
  const unprovable = asked
    .filter((milestone) => needed(milestone) > nodes)
    .map((milestone) => ({
      claim: `the milestone ${milestone}`,
      reason: `it needs ${needed(milestone)} nodes, and the cluster has ${nodes}`,
    }));
  const milestones = asked.filter((milestone) => needed(milestone) <= nodes);
  const [first] = unprovable;
  if (milestones.length === 0 && first) {
    throw new NotPossibleHere(`${first.claim} cannot be shown: ${first.reason}`, {
      hint: "--nodes asks a provider that makes its machines for more.",
    });
  }
  return { milestones, unprovable };
}

/** The milestones of some suites that a run's machines can show; the others are told as not provable here. */
export async function askFor(
  suites: readonly string[],
  settings: Settings,
  recorder: Recorder,
): Promise<readonly string[]> {
  const { milestones, unprovable } = provableOn(
    await machinesOf(settings),
    suites,
    loadProfile(settings.guide),
  );
  recorder.cannotProve(unprovable);
  return milestones;
}
