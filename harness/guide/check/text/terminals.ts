import type { Fault, Subject } from "../finding.ts";

const editor = /^(?:vim?|nano|emacs|visudo|crontab|systemctl edit|kubectl edit)\b/;

/** Commands that would wait for a person. No machine that a guide is tried on has one, and a reader's script has not either. */
export function* terminals({ world }: Subject): Iterable<Fault> {
  for (const { capability, what, spot, optional } of world.demands) {
    if (capability !== "terminal" || optional) continue;
    const hint = editor.test(what)
      ? "write the file in a file block"
      : "give what is typed beforehand (`-y`, `echo … |`, `<<EOF`, `docker exec` without -t), and let what goes on by itself end (`-c 3`, `timeout 5`)";
    yield { rule: "shell/terminal", at: spot, message: `${what} waits for a person at a terminal`, hint };
  }
}
