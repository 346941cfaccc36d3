import type { Fault, Subject } from "../finding.ts";

/** Commands that would wait for a person, or for a terminal, in a block that has none. */
export function* terminals({ world }: Subject): Iterable<Fault> {
  for (const { capability, what, spot, optional, instead = "" } of world.demands) {
    if (capability !== "terminal" || optional) continue;
    const message = `${what} waits for a person at a terminal`;
    yield { rule: "shell/terminal", at: spot, message, hint: instead };
  }
}
