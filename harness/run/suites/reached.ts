import { covers } from "../../blame/rank.ts";
import { UsageError } from "../../errors.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import type { Profile } from "../../profile/profile.ts";
import { notApplied } from "../apply/applied-guide.ts";
import type { TestRecord } from "../../record/record.ts";
import { type ClusterState, optionFor } from "../cluster/state.ts";

/** By milestone, and by section that its tests guard: the step that is not applied yet, without which there is nothing to look at. */
export type Unreached = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** How far a guide is applied to a cluster that does not have all of it. */
export type Reach = {
  /** `the guide is applied up to 2.4.5/check-etcd`. */
  readonly applied: string;
  /** What goes on there. */
  readonly hint: string;
  readonly unreached: Unreached;
  /** Milestones that need what is not applied: what is red in them says nothing about the guide. */
  readonly milestones: readonly string[];
};

/**
 * How far a plan is applied to a cluster; undefined if it is whole. A test is reached if no step of its sections is missing, and its
 * sections lie before all that is still to come; a milestone that stands apart, if all of its tests are.
 */
export function reachOf(
  state: ClusterState,
  plan: Pick<Plan, "groups" | "guide">,
  { milestones }: Pick<Profile, "milestones">,
): Reach | undefined {
  const missing = notApplied(state, plan);
  const [next] = missing;
  if (!next) return undefined;
  const last = plan.groups.findLast((group) => !missing.includes(group));
  const isToCome = (group: StepGroup): boolean =>
    last === undefined || plan.groups.indexOf(group) > plan.groups.indexOf(last);
  const order = plan.guide.sections.map(({ number }) => number);
  /** Blocks that are missing inside of a section, or before its end. */
  const before = (section: string): readonly StepGroup[] => {
    const end = order.findLastIndex((number) => covers(section, number));
    return missing.filter((group) => order.indexOf(sectionOf(group)) <= end);
  };
  const missed = (section: string): string | undefined => {
    const all = before(section);
    return (all.find((group) => covers(section, sectionOf(group))) ?? all.find(isToCome))?.id;
  };
  const sectionsOf = (name: string): string[] => Object.values(milestones[name]?.guards ?? {}).flat();
  const unreached = Object.entries(milestones).map(([name, { apart }]) => {
    const sections = sectionsOf(name);
    const found = sections.flatMap((section): [string, string][] => {
      const step = missed(section);
      return step === undefined ? [] : [[section, step]];
    });
    const [first] = found;
    const all = apart && first ? sections.map((section): [string, string] => [section, first[1]]) : found;
    return [name, Object.fromEntries(all)] as const;
  });
  return {
    applied: last ? `the guide is applied up to ${last.id}` : "nothing of the guide is applied yet",
    hint: `\`pnpm apply${optionFor(state.id)} --from ${next.id}\` goes on.`,
    unreached: Object.fromEntries(unreached),
    milestones: Object.keys(milestones).filter((name) =>
      sectionsOf(name).some((section) => before(section).length > 0),
    ),
  };
}

/** What was asked for of suites, and is not there yet. */
export function testsUnreached(
  { applied, hint }: Pick<Reach, "applied" | "hint">,
  tests: readonly Pick<TestRecord, "skipped">[],
): UsageError {
  const [missing = ""] = tests.map(({ skipped = "" }) => skipped.replace("not reached: ", ""));
  const how = tests.length === 1 ? "1 test was" : `${tests.length} tests were`;
  return new UsageError(`${how} not reached: ${missing}`, {
    besideGuide: [applied],
    hint,
  });
}

const sectionOf = ({ steps }: StepGroup): string => steps[0]?.section ?? "";
