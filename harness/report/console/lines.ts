import type { Writable } from "node:stream";
import type { ChalkInstance } from "chalk";

/**
 * Lines with the time in front. What begins stays on an open line, to which its end is added if nothing came
 * between: one line in a log for each thing that is done, and nothing that needs a terminal.
 */
export class Lines {
  readonly #target: Writable;
  readonly #colours: ChalkInstance;
  #open: string | undefined;

  constructor(target: Writable, colours: ChalkInstance) {
    this.#target = target;
    this.#colours = colours;
  }

  say(at: number, text: string): void {
    this.#breakOff();
    this.#target.write(`${this.#time(at)} ${text}\n`);
  }

  begin(at: number, name: string): void {
    this.#breakOff();
    this.#target.write(`${this.#time(at)} ${name}`);
    this.#open = name;
  }

  end(at: number, name: string, result: string): void {
    if (this.#open === name) {
      this.#target.write(`  ${this.#colours.dim(result)}\n`);
      this.#open = undefined;
    } else {
      this.say(at, `${name}: ${this.#colours.dim(result)}`);
    }
  }

  /** Lines as they are, without the time. */
  lines(text: string): void {
    this.#breakOff();
    this.#target.write(`${text}\n`);
  }

  /** A question, whose answer is no text: what comes next begins a new line. */
  ask(text: string): void {
    this.#breakOff();
    this.#target.write(text);
    this.#open = text;
  }

  /** Text of several lines, by itself. */
  block(text: string): void {
    this.#breakOff();
    this.#target.write(`\n${text}\n\n`);
  }

  #breakOff(): void {
    if (this.#open !== undefined) this.#target.write("\n");
    this.#open = undefined;
  }

  #time(at: number): string {
    return this.#colours.dim(`[${(at / 1000).toFixed(1).padStart(6)} s]`);
  }
}
