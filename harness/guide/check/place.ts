import type { SourceLocation } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Profile } from "../../profile/profile.ts";
import { resolvePlaceholders } from "../parse/braces.ts";
import { locateIn } from "../origin.ts";
import type { Plan } from "../types.ts";
import type { Fault, TextLocation } from "./finding.ts";

export const isTextLocation = (at: Fault["at"]): at is TextLocation => "step" in at;

/** The step in whose block, or in what it prints, a place of the guide is. */
export function stepAt({ guide }: Plan, { file, line }: SourceLocation): string | undefined {
  const block = guide.blocks.find(
    ({ location, endLine }) => location.file === file && location.line <= line && line <= endLine,
  );
  if (block === undefined) return undefined;
  return "id" in block ? block.id : "of" in block ? block.of : undefined;
}

/** A text with placeholders for a machine's own name and address. */
export const forAll = (text: string, { name, address }: MachineSpec): string =>
  text.replaceAll(
    new RegExp(`(?<![a-zA-Z\\d.])(?:${RegExp.escape(name)}|${RegExp.escape(address)})(?![a-zA-Z\\d])`, "g"),
    (own) => `{{machine.${own === name ? "name" : "address"}}}`,
  );

/** Where characters of steps were written: in the guide, or in the YAML of the edit that wrote them. */
export function placesOf(plan: Plan, machines: Profile["machines"]): (spot: TextLocation) => SourceLocation {
  const blocks = new Map(plan.guide.blocks.flatMap((block) => ("id" in block ? [[block.id, block]] : [])));
  return ({ step, offset }) => {
    const block = blocks.get(step.id);
    const machine = machines.find(({ name }) => name === step.machine);
    if (block === undefined || machine === undefined) return step.location;
    return locateIn(block, "literal" in block ? offset : unresolvedOffset(block.text, offset, machine));
  };
}

/** The offset in a text with placeholders of a character of the resolved one. */
function unresolvedOffset(text: string, offset: number, machine: Profile["machines"][number]): number {
  // How much longer the resolved text is than the written one, up to here.
  let longer = 0;
  for (const { 0: written, index } of text.matchAll(/\{\{machine\.\w+\}\}/g)) {
    const { length } = resolvePlaceholders(written, machine);
    const start = index + longer;
    if (offset < start) break;
    // Within what takes the placeholder's place there is no other place than the placeholder's.
    if (offset < start + length) return index;
    longer += length - written.length;
  }
  return offset - longer;
}
