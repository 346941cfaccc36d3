import { locateIn } from "../origin.ts";
import type { Fault, Subject } from "./finding.ts";

/** A block for several machines must not have the address of one of them, or it makes the others pass for that one. */
export function* machineAddresses({ plan, machines }: Subject): Iterable<Fault> {
  for (const { steps } of plan.groups) {
    const [step] = steps;
    const block = plan.guide.blocks.find((candidate) => "id" in candidate && candidate.id === step?.id);
    if (step === undefined || block === undefined || steps.length < 2) continue;
    for (const { name, address } of machines) {
      if (!steps.some(({ machine }) => machine === name)) continue;
      // As written: what stands for the placeholder is each machine's own.
      for (const { index } of block.text.matchAll(pattern(address))) {
        yield {
          rule: "machines/address",
          at: locateIn(block, index),
          message: `${address} is ${name}'s own address, but the step is for ${steps.map(({ machine }) => machine).join(" and ")}`,
          hint: "write {{machine.address}}",
        };
      }
    }
  }
}

const pattern = (address: string): RegExp =>
  new RegExp(String.raw`(?<![\d.])${address.replaceAll(".", String.raw`\.`)}(?!\d)`, "g");
