import { linesIn, locateIn } from "../../origin.ts";
import { type Fault, type Subject } from "../finding.ts";

/** A block for several machines must not have the address of one of them, or it makes the others pass for that one. */
export function* machineAddresses({ plan, machines, served }: Subject): Iterable<Fault> {
  for (const { steps } of plan.groups) {
    const [step] = steps;
    const block = plan.guide.blocks.find((candidate) => "id" in candidate && candidate.id === step?.id);
    if (step === undefined || block === undefined || steps.length < 2) continue;
    const own = machines.filter(({ name }) => steps.some(({ machine }) => machine === name));
    const lines = block.text
      .split("\n")
      .map((line) => own.filter(({ address }) => pattern(address).test(line)));
    // A line with several addresses is a list of machines, and so are lines one after the other with one each.
    const listed = (index: number): boolean => {
      const [first, ...more] = lines[index] ?? [];
      if (first === undefined || more.length > 0) return true;
      return [lines[index - 1], lines[index + 1]].some((row) => row?.length === 1 && row[0] !== first);
    };
    for (const [index, { line, start }] of linesIn(block.text).entries()) {
      for (const { name, address } of listed(index) ? [] : (lines[index] ?? [])) {
        // As written: what stands for the placeholder is each machine's own.
        for (const { index: column } of line.matchAll(pattern(address))) {
          if (served.some((place) => startsAt(line, column, place))) continue;
          yield {
            rule: "machines/address",
            at: locateIn(block, start + column),
            message: `${address} is ${name}'s own address, but the step is for ${steps.map(({ machine }) => machine).join(" and ")}`,
            hint: "write {{machine.address}}",
          };
        }
      }
    }
  }
}

const startsAt = (line: string, column: number, place: string): boolean =>
  line.startsWith(place, column) && !/^\d/.test(line.slice(column + place.length));

const pattern = (address: string): RegExp =>
  new RegExp(String.raw`(?<![\d.])${RegExp.escape(address)}(?!\d)`, "g");
