import { locateIn } from "../../guide/origin.ts";
import { common, moved } from "../../guide/edit/compare/compare.ts";
import type { Plan, Step } from "../../guide/types.ts";
import type { Profile } from "../../profile/profile.ts";
import { changedBlocks, editedLines, linesOfGuide, placed } from "../../blame/difference.ts";
import { covers } from "../../blame/rank.ts";
import { commandOf } from "../apply/step.ts";
import { plannedSteps } from "./planned.ts";
import type { ChangedBlock, GuideChange, PlannedStep } from "../../record/blame.ts";
import { suiteGroups } from "../suites/groups.ts";

type Milestones = Pick<Profile, "milestones">;

/** Blocks, and so what machines hold after them, that are the same in both; and how they differ from there. */
export function changeOf(before: Plan, after: Plan, profile: Milestones): GuideChange {
  const blocks = blocksOf(before, after);
  const sections = [...new Set(blocks.map(({ id }) => id.slice(0, id.lastIndexOf("/"))))];
  return { blocks, sections, guards: guardsOf(sections, profile) };
}

/** The part of a plan that another one begins with, too. */
export const sameBeginning = (before: Plan, after: Plan): Plan => ({
  ...after,
  groups: common(after.groups, before.groups),
});

function blocksOf(before: Plan, after: Plan): ChangedBlock[] {
  const [was, is] = [plannedSteps(before), plannedSteps(after)];
  const changed = changedBlocks(was, is).map((block) => {
    const [old, step] = [before, after].map((plan) => stepOf(plan, block.id));
    if (block.kind !== "changed" || !old || !step) return block;
    const planned = is.find(({ id }) => id === block.id);
    return step.changedBy.length === 0
      ? placed(block, editedIn(old, step, planned))
      : elsewhereIn(block, old, step, after.guide);
  });
  const elsewhere = moved(before.groups, after.groups)
    .filter((id) => !changed.some((block) => block.id === id))
    .flatMap((id): ChangedBlock[] => {
      const location = is.find((step) => step.id === id)?.location;
      return location ? [{ id, location, kind: "moved", lines: [] }] : [];
    });
  const place = (block: ChangedBlock): number => {
    const index = after.groups.findIndex(({ id }) => id === block.id);
    return index < 0 ? after.groups.length : index;
  };
  return [...changed, ...elsewhere].toSorted((a, b) => place(a) - place(b));
}

const stepOf = ({ groups }: Plan, id: string): Step | undefined =>
  groups.find((group) => group.id === id)?.steps[0];

/** Numbers of the lines that are others in a step, its answers and its output, if these stand in the guide as they are. */
function editedIn(was: Step, is: Step, planned: PlannedStep | undefined): number[] {
  const written = linesOfGuide(planned);
  // A secret that is another one is seen in the guides themselves alone.
  const typed = editedLines(commandOf(was), commandOf(is)).flatMap((index) => written[index]?.line ?? []);
  const { text, location } = is.expect ?? {};
  if (location === undefined || written.length === 0) return typed;
  const shown = editedLines(was.expect?.text, text).map((index) => location.line + 1 + index);
  return [...typed, ...shown];
}

/** The places of the lines that are others in a block that an edit has changed, too: in the guide, or in the edit's file. */
function elsewhereIn(changed: ChangedBlock, was: Step, is: Step, { blocks }: Plan["guide"]): ChangedBlock {
  const block = blocks.find((one) => "id" in one && one.id === is.id);
  if (!block) return changed;
  const lines = block.text.split("\n");
  // The first line of a file's command is its path.
  const before = is.action.kind === "file" ? 1 : 0;
  const places = editedLines(commandOf(was), commandOf(is)).flatMap((index) => {
    const at = index - before;
    if (at < 0 || at >= lines.length) return [];
    return locateIn(block, lines.slice(0, at).join("\n").length + (at > 0 ? 1 : 0));
  });
  const [first] = places;
  if (!first) return changed;
  const own = places.filter(({ file }) => file === first.file).map(({ line }) => line);
  return placed({ ...changed, location: first }, own);
}

/** Milestones that guard some sections, or those above them, but those that stand apart. */
const guardsOf = (sections: readonly string[], { milestones }: Milestones): string[] =>
  (suiteGroups({ milestones })["all"] ?? []).filter((name) =>
    Object.values(milestones[name]?.guards ?? {})
      .flat()
      .some((guarded) => sections.some((section) => covers(guarded, section))),
  );

/** All milestones: those that guard what changed, then the rest of the groups they are in, then the others. */
export function suiteOrder(guards: readonly string[], profile: Milestones): string[] {
  const { all = [], ...groups } = suiteGroups(profile);
  const mates = Object.values(groups).filter((group) => group.some((one) => guards.includes(one)));
  return [...new Set([...guards, ...mates.flat(), ...all])];
}
