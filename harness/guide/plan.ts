import { dirname, join } from "node:path";
import type { MachineSpec } from "../machines/machine.ts";
import { account } from "./accounting.ts";
import { resolvePlaceholders } from "./braces.ts";
import { loadEdits } from "./changes.ts";
import { applyEdits, unedited, type EditedGuide } from "./edit.ts";
import { loadErrata } from "./errata.ts";
import { parseGuide } from "./parse.ts";
import { loadPorts } from "./ports.ts";
import { type Relocation, relocation } from "./relocate.ts";
import type { CommandBlock, FileBlock, OutputBlock, Plan, Step, StepGroup } from "./types.ts";
import { readText } from "../yaml-file.ts";

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
  return { ...planOf(edited, relocation(machines, layout)), errata, edits: extraEdits };
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
  const text = resolvePlaceholders(move.text(block.text), machine);
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
    downloads: block.kind === "run" ? downloadsOf(text) : [],
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

/** URLs that a script hands to `wget`. */
export function downloadsOf(script: string): string[] {
  const lines = script.replaceAll("\\\n", " ").split("\n");
  return lines.flatMap((line) => {
    const [, words = ""] = /(?:^|[;&|]\s*)\s*wget\s+([^;|]*)/.exec(line) ?? [];
    return words
      .split(/\s+/)
      .map((word) => word.replace(/^(["'])(.*)\1$/, "$2"))
      .filter((word) => /^(?:https?|ftp):\/\//.test(word));
  });
}
