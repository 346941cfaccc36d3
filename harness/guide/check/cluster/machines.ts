import { locateIn } from "../../origin.ts";
import { type Fault, linesIn, type Subject } from "../finding.ts";

/** A block for several machines must not have the address of one of them, or it makes the others pass for that one. */
export function* machineAddresses({ plan, machines }: Subject): Iterable<Fault> {
  for (const { steps } of plan.groups) {
    const [step] = steps;
    const block = plan.guide.blocks.find((candidate) => "id" in candidate && candidate.id === step?.id);
    if (step === undefined || block === undefined || steps.length < 2) continue;
    const own = machines.filter(({ name }) => steps.some(({ machine }) => machine === name));
    const lines = block.text
      .split("\n")
      .map((line) => own.filter(({ address }) => pattern(address).test(line)));
    // A line with all addresses is a list of the machines, and so are lines one after the other with one each.
    const listed = (index: number): boolean => {
      const [first, ...more] = lines[index] ?? [];
      if (more.length + 1 === own.length) return true;
      if (first === undefined || more.length > 0) return false;
      return own.some((_, before) => {
        const rows = lines.slice(Math.max(index - before, 0), index - before + own.length);
        return rows.every((row) => row.length === 1) && new Set(rows.flat()).size === own.length;
      });
    };
    for (const [index, { line, start }] of linesIn(block.text).entries()) {
      for (const { name, address } of listed(index) ? [] : (lines[index] ?? [])) {
        // As written: what stands for the placeholder is each machine's own.
        for (const { index: column } of line.matchAll(pattern(address))) {
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

const pattern = (address: string): RegExp =>
  new RegExp(String.raw`(?<![\d.])${RegExp.escape(address)}(?!\d)`, "g");
