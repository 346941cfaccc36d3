import { dirname, join } from "node:path";
import type { MachineSpec } from "../../machines/machine.ts";
import { account } from "./accounting.ts";
import { resolvePlaceholders } from "../parse/braces.ts";
import { placesOf } from "../check/place.ts";
import type { Fetch } from "../effects/call.ts";
import { follow } from "../effects/world.ts";
import { loadEdits } from "../edit/changes.ts";
import { applyEdits, unedited, type EditedGuide } from "../edit/edit.ts";
import { loadErrata } from "../edit/errata.ts";
import { parseGuide } from "../parse/parse.ts";
import { partsOf } from "./parts.ts";
import { loadPorts } from "../edit/ports.ts";
import { type Relocation, relocation } from "../edit/relocate.ts";
import type { Ask, CommandBlock, FileBlock, OutputBlock, Plan, Step, StepGroup } from "../types.ts";
import { readText } from "../../yaml-file.ts";

/** What a plan is made of. */
export type PlanInput = {
  /** `…/guide/NAME.md`; `…/errata` and `…/ports` lie beside its folder. Locations name files as given here. */
  readonly guideFile: string;
  /** The machines that the guide's text speaks of. */
  readonly machines: readonly MachineSpec[];
  /** The machines that take their place; those of the text if absent. */
  readonly layout?: readonly MachineSpec[];
  /** Names of ports, in the order they apply. */
  readonly ports: readonly string[];
  /** Ids of errata whose original text is put back; they apply before the ports. */
  readonly errata: readonly string[];
  /** YAML files with `id` and `changes`, such as mutants; they apply last. */
  readonly extraEdits: readonly string[];
};

/**
 * Reads the guide, applies errata, ports and further edits, and binds its blocks to machines. Touches no machine.
 * UsageError for an unknown erratum, port or file; InvalidGuideError for a text that breaks the grammar
 * or a change that does not fit.
 */
export async function buildPlan({
  guideFile,
  machines,
  layout = machines,
  ports,
  errata,
  extraEdits,
}: PlanInput): Promise<Plan> {
  const fixtures = dirname(dirname(guideFile));
  // First, so that a wrong name of the guide is not told as a missing folder beside it.
  const text = await readText(guideFile);
  const edits = await Promise.all([
    loadErrata(join(fixtures, "errata"), errata),
    loadPorts(join(fixtures, "ports"), ports),
    Promise.all(extraEdits.map(loadEdits)),
  ]);
  const guide = unedited(parseGuide(text, guideFile, machines));
  const edited = edits.flat().reduce((before, edit) => applyEdits(before, edit, machines), guide);
  const plan = { ...planOf(edited, relocation(machines, layout)), errata, edits: extraEdits };
  return withAsks(plan, layout);
}

/** Binds a guide's blocks to machines, with addresses and placeholders resolved. */
function planOf(
  { guide, dropped, changedBy }: EditedGuide,
  move: Relocation,
): Omit<Plan, "errata" | "edits"> {
  const outputs = new Map(
    guide.blocks.flatMap((block) => (block.kind === "output" ? [[block.of, block]] : [])),
  );
  const groups = guide.blocks.flatMap((block): StepGroup[] => {
    if (!("id" in block)) return [];
    const steps = move
      .hosts(block.on)
      .map((machine) => bind(block, machine, move, outputs.get(block.id), changedBy.get(block.id) ?? []));
    return [{ id: block.id, steps }];
  });
  return { guide, accounting: account(guide.blocks), groups, dropped };
}

function bind(
  block: CommandBlock | FileBlock,
  machine: MachineSpec,
  move: Relocation,
  output: OutputBlock | undefined,
  changedBy: Step["changedBy"],
): Step {
  const { id, section, location, endLine } = block;
  const text = resolvePlaceholders(move.text(block.text), machine, block.literal);
  return {
    key: `${id}@${machine.name}`,
    id,
    section,
    machine: machine.name,
    location,
    endLine,
    action:
      block.kind === "run"
        ? { kind: "run", script: text }
        : { kind: "file", path: block.path, mode: block.mode, append: block.append, content: text },
    ...(output === undefined ? {} : { expect: expectation(output, move) }),
    downloads: [],
    changedBy,
  };
}

const expectation = (
  { text, location, within }: OutputBlock,
  move: Relocation,
): NonNullable<Step["expect"]> => ({
  text: move.output(text),
  location,
  ...(within === undefined ? {} : { within }),
});

/** The plan with what its steps download, and what else they ask for that not every stand-in has. */
function withAsks(plan: Plan, machines: readonly MachineSpec[]): Plan {
  const { demands, fetches, unitCalls, printing } = follow(plan, machines);
  const placeOf = placesOf(plan, machines);
  const byStep = Map.groupBy(demands, ({ step }) => step.key);
  const unitCallsBy = Map.groupBy(unitCalls, ({ step }) => step.key);
  const fetchesBy = Map.groupBy(fetches, ({ step }) => step.key);
  const asksOf = (key: string): Ask[] =>
    (byStep.get(key) ?? []).map(({ capability, what, spot, optional }) => ({
      capability,
      what,
      location: placeOf(spot),
      optional,
    }));
  const asking = (step: Step): Step => {
    const asks = asksOf(step.key);
    const downloads = asks.filter(({ capability }) => capability === "download").map(({ what }) => what);
    const columns = step.expect && isInColumns(printing.get(step.key));
    return {
      ...step,
      downloads: [...new Set(downloads)],
      ...(asks.length > 0 && { asks }),
      ...scriptParts(step, fetchesBy.get(step.key)),
      ...(step.action.kind === "run" && {
        unitCalls: (unitCallsBy.get(step.key) ?? []).map(({ call }) => call),
      }),
      ...(step.expect && { expect: { ...step.expect, ...(columns === true && { columns }) } }),
    };
  };
  return { ...plan, groups: plan.groups.map(({ id, steps }) => ({ id, steps: steps.map(asking) })) };
}

/** What a step that downloads is typed in. */
function scriptParts({ key, action }: Step, fetches: readonly Fetch[] = []): Pick<Step, "parts"> {
  if (action.kind !== "run" || fetches.length === 0) return {};
  const isOwn = ({ spot }: Fetch): boolean => spot.step.key === key;
  const called = fetches.filter((fetch) => !isOwn(fetch)).map(({ program }) => program);
  return { parts: partsOf(action.script, fetches.filter(isOwn), called) };
}

/** Whether the only command that prints is `ls`, and prints names alone: more than one to a line on a terminal. */
const isInColumns = (printing: readonly string[] = []): boolean =>
  printing.length === 1 && /^ls( -[^-ogl1mns]*)*$/.test(printing[0] ?? "");
