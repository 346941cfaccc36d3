import { dirname, join } from "node:path";
import type { SourceLocation } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Accounting } from "../../record/record.ts";
import { readAnswers } from "../parse/answers/answers.ts";
import { resolvePlaceholders } from "../parse/braces.ts";
import { placesOf } from "../check/place.ts";
import type { Demand, Fetch } from "../effects/call.ts";
import { rebootAtEnd } from "../effects/asks/reboot.ts";
import { effectsByStep } from "../effects/effects.ts";
import { partsOf, together } from "../effects/parts.ts";
import { follow } from "../effects/world.ts";
import { loadEdits } from "../edit/changes.ts";
import { applyEdits, unedited, type EditedGuide } from "../edit/edit.ts";
import { loadErrata } from "../edit/errata.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { kinds } from "../parse/directives.ts";
import { parseGuide } from "../parse/parse.ts";
import { loadPorts } from "../edit/ports.ts";
import { type Relocation, relocation } from "../edit/relocate.ts";
import { loadProfile, type Profile } from "../../profile/profile.ts";
import type { AnswersBlock, Ask, Block, OutputBlock, Plan, Step, StepBlock, StepGroup } from "../types.ts";
import { readText } from "../../input/yaml-file.ts";

export type PlanInput = {
  /** Its profile, `errata/` and `ports/` lie beside it. Locations name files as given here. */
  readonly guideFile: string;
  /** The machines that take the place of those that the guide's text speaks of; these if absent. */
  readonly layout?: readonly MachineSpec[];
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
export async function buildPlan({ guideFile, layout, ports, errata, extraEdits }: PlanInput): Promise<Plan> {
  const folder = dirname(guideFile);
  // First, so that a wrong name of the guide is not told as a missing folder beside it.
  const text = await readText(guideFile);
  const profile = loadProfile(guideFile);
  const edits = await Promise.all([
    loadErrata(join(folder, "errata"), errata),
    loadPorts(join(folder, "ports"), ports),
    Promise.all(extraEdits.map(loadEdits)),
  ]);
  const guide = unedited(parseGuide(text, guideFile, profile));
  const edited = edits.flat().reduce((before, edit) => applyEdits(before, edit, profile), guide);
  const move = relocation(profile, layout ?? profile.machines);
  return withAsks({ ...planOf(edited, move), errata, edits: extraEdits }, move.machines);
}

/** Counts blocks by kind. */
export function account(blocks: readonly Block[]): Accounting {
  const counts = kinds.map((kind) => [kind, blocks.filter((block) => block.kind === kind).length] as const);
  return { ...Object.fromEntries(counts), total: blocks.length };
}

/** Binds a guide's blocks to machines, with addresses and placeholders resolved. */
function planOf(
  { guide, dropped, changedBy }: EditedGuide,
  move: Relocation,
): Omit<Plan, "errata" | "edits"> {
  const outputs = new Map(
    guide.blocks.flatMap((block) => (block.kind === "output" ? [[block.of, block]] : [])),
  );
  const answers = new Map(
    guide.blocks.flatMap((block) => (block.kind === "answers" ? [[block.of, block]] : [])),
  );
  const groups = guide.blocks.flatMap((block): StepGroup[] => {
    if (!("id" in block)) return [];
    const steps = move.hosts(block.on).map((machine) => {
      const attached = { output: outputs.get(block.id), answers: answers.get(block.id) };
      return bind(block, machine, move, attached, changedBy.get(block.id) ?? []);
    });
    return [{ id: block.id, steps }];
  });
  return {
    guide,
    accounting: account(guide.blocks),
    groups,
    dropped,
  };
}

type Attached = { readonly output: OutputBlock | undefined; readonly answers: AnswersBlock | undefined };

function bind(
  block: StepBlock,
  machine: Profile["machines"][number],
  move: Relocation,
  { output, answers }: Attached,
  changedBy: Step["changedBy"],
): Step {
  const { id, section, location, endLine } = block;
  const moved = (written: string, at = location): string => resolved(move.text(written), machine, at);
  const text = "literal" in block ? move.text(block.text) : moved(block.text);
  const asked = readAnswers(answers?.text ?? "");
  const tty = asked.map(({ prompt, reply }) => ({
    prompt: moved(prompt, answers?.location),
    reply: moved(reply, answers?.location),
  }));
  return {
    key: `${id}@${machine.name}`,
    id,
    section,
    machine: machine.name,
    location,
    endLine,
    action:
      block.kind === "run"
        ? { kind: "run", script: text, ...(block.tty && { tty }) }
        : { kind: "file", path: block.path, mode: block.mode, append: block.append, content: text },
    ...(answers && { answerLines: asked.map(({ line }) => answers.location.line + 1 + line) }),
    ...(output === undefined ? {} : { expect: expectation(output, move) }),
    downloads: [],
    effects: [],
    changedBy,
  };
}

/** A block's text on `machine`; InvalidGuideError if that lacks a value that the text asks for. */
function resolved(written: string, machine: Profile["machines"][number], location: SourceLocation): string {
  const text = resolvePlaceholders(written, machine);
  const [without] = /\{\{machine\.\w+\}\}/.exec(text) ?? [];
  if (without === undefined) return text;
  const hint = `give ${machine.name} this value in profile.yaml, or take the step from it`;
  const message = `${machine.name} has no value for ${without}`;
  throw new InvalidGuideError([{ location, message, hint }]);
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
function withAsks(plan: Plan, machines: Profile["machines"]): Plan {
  const steps = plan.groups.flatMap((group) => group.steps);
  const { demands, fetches, effects: located, printing } = follow(steps, machines);
  const placeOf = placesOf(plan, machines);
  const byStep = Map.groupBy(demands, ({ step }) => step.key);
  const effectsBy = effectsByStep(located);
  const fetchesBy = Map.groupBy(fetches, ({ step }) => step.key);
  const ask = ({ capability, what, spot, optional }: Demand): Ask => {
    return { capability, what, location: placeOf(spot), optional };
  };
  const asking = (step: Step): Step => {
    const asks = (byStep.get(step.key) ?? []).map(ask);
    const downloads = asks.filter(({ capability }) => capability === "download").map(({ what }) => what);
    const effects = effectsBy.get(step.key) ?? [];
    const columns = step.expect && isInColumns(printing.get(step.key));
    const reboots = step.action.kind === "run" ? rebootAtEnd(step.action.script) : undefined;
    return {
      ...step,
      ...(reboots && { reboots }),
      downloads: [...new Set(downloads)],
      ...(asks.length > 0 && { asks }),
      effects,
      ...scriptParts(step, effects, fetchesBy.get(step.key)),
      ...(step.expect && { expect: { ...step.expect, ...(columns === true && { columns }) } }),
    };
  };
  return { ...plan, groups: plan.groups.map(({ id, steps: own }) => ({ id, steps: own.map(asking) })) };
}

/** What a step is typed in, if it downloads, or if its shell would pass over what fails. */
function scriptParts(
  { key, action }: Step,
  effects: Step["effects"],
  fetches: readonly Fetch[] = [],
): Pick<Step, "parts"> {
  if (action.kind !== "run") return {};
  const isOwn = ({ spot }: Fetch): boolean => spot.step.key === key;
  const called = fetches.filter((fetch) => !isOwn(fetch)).map(({ program }) => program);
  const script = rebootAtEnd(action.script)?.before ?? action.script;
  const parts = partsOf(script, effects, fetches.filter(isOwn), called);
  if (fetches.length === 0 && (action.tty !== undefined || parts.length < 2)) return {};
  // What is asked, and in which order, is the whole block's affair.
  return { parts: action.tty ? [parts.reduce(together)] : parts };
}

/** Whether the only command that prints is `ls`, and prints names alone: more than one to a line on a terminal. */
const isInColumns = (printing: readonly string[] = []): boolean =>
  printing.length === 1 && /^ls( -[^-ogl1mns]*)*$/.test(printing[0] ?? "");
