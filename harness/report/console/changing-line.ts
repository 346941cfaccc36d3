import type { Writable } from "node:stream";
import { noCommand } from "../github/annotation.ts";
import { harmless, plain, shortened } from "../text.ts";

/** Where a person may be looking; `isTTY` and `columns` are those of node:tty. */
export type Target = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Between two whole lines about the same long work, in milliseconds, where no line can change. */
const longestSilence = 30_000;

const start = "\r\u001B[K";

/**
 * The last line of a terminal, which changes as long work goes on. Where there is no terminal that can do that, such as in CI, it
 * is a whole line, and comes only after half a minute in which nothing was said.
 */
export class ChangingLine {
  readonly changes: boolean;
  readonly #target: Target;
  readonly #env: NodeJS.ProcessEnv;
  #stands = false;
  #said = performance.now();

  constructor(target: Target, env: NodeJS.ProcessEnv = process.env) {
    this.#target = target;
    this.#env = env;
    this.changes = target.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
  }

  /** How wide the terminal is; what no terminal shows has no end. */
  get columns(): number {
    return this.#target.isTTY === true ? this.#target.columns || 80 : Infinity;
  }

  /** Writes text that stays; neither a terminal nor a workflow obeys it. */
  write(text: string): void {
    const safe = noCommand(harmless(text), this.#env);
    this.#target.write(this.#stands ? start + safe : safe);
    this.#stands = false;
    this.#said = performance.now();
  }

  /** Whether somebody who looks at whole lines has seen none for long. */
  get isDue(): boolean {
    return !this.changes && performance.now() - this.#said >= longestSilence;
  }

  /** Shows a line until the next text, in the room that the terminal has. */
  show(line: string): void {
    if (!this.changes) return;
    const text = plain(line).replaceAll("\n", " ");
    // A terminal that nobody has given a size says 0. Behind it there is room for the ^C that a terminal echoes: in a second row it
    // would keep the first from being cleared.
    const room = Math.max((this.#target.columns || 80) - 3, 1);
    this.#target.write(`${start}${shortened(text, room)}`);
    this.#stands = true;
  }

  clear(): void {
    if (this.#stands) this.#target.write(start);
    this.#stands = false;
  }

  /** Says how far work is: as the line that changes, or as a whole one if that is due. It is over without a text. */
  tell(text: string): void {
    if (text === "") this.clear();
    else if (this.isDue) this.write(`${plain(text)}\n`);
    else this.show(text);
  }
}
