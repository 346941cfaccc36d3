import type { ChalkInstance } from "chalk";
import { wrapped } from "../text.ts";
import type { ChangingLine } from "./changing-line.ts";

/**
 * Lines with the time in front: one in a log for each thing that is done. What begins is the last line of a terminal, which says
 * how far it is; elsewhere it stays open, and its end is added to it if nothing came between.
 */
export class Lines {
  readonly #line: ChangingLine;
  readonly #colours: ChalkInstance;
  readonly #quiet: boolean;
  /** What was begun last and goes on, also where other lines came between. */
  #doing = "";
  #open: { readonly at: number; readonly name: string } | undefined;
  #asks = false;

  /** `quiet` leaves out all but what has several lines: failures, and the end. */
  constructor(line: ChangingLine, colours: ChalkInstance, quiet = false) {
    this.#line = line;
    this.#colours = colours;
    this.#quiet = quiet;
  }

  say(at: number, text: string): void {
    if (this.#quiet) return;
    this.#breakOff();
    this.#line.write(`${wrapped(`${this.#colours.dim(time(at))} ${text}`, this.columns)}\n`);
  }

  begin(at: number, name: string): void {
    if (this.#quiet) return;
    this.#breakOff();
    this.#open = { at, name };
    this.#doing = name;
    if (this.#line.changes) this.#line.show(`${time(at)} ${name}`);
    else this.#line.write(`${this.#colours.dim(time(at))} ${name}`);
  }

  end(at: number, name: string, result: string): void {
    const open = this.#open;
    if (this.#doing === name) this.#doing = "";
    if (open?.name !== name) return this.say(at, `${name}: ${this.#colours.dim(result)}`);
    this.#open = undefined;
    const begun = this.#line.changes ? `${this.#colours.dim(time(open.at))} ${name}` : "";
    this.#line.write(`${begun}  ${this.#colours.dim(result)}\n`);
  }

  /** How far the whole is; nothing to say leaves a terminal as it is. */
  tell(at: number, text: string): void {
    if (this.#quiet) return;
    const words = [this.#doing, text].filter(Boolean).join("  ");
    if (this.#line.isDue) this.say(at, words || "it goes on");
    else if (words !== "") this.#line.show(`${time(at)} ${words}`);
  }

  /** Lines as they are, without the time. */
  lines(text: string): void {
    this.#breakOff();
    this.#line.write(`${text}\n`);
  }

  /** A question, whose answer is no text: what comes next begins a new line. */
  question(text: string): void {
    this.#breakOff();
    this.#line.write(text);
    this.#asks = true;
  }

  get columns(): number {
    return this.#line.columns;
  }

  block(text: string): void {
    this.#breakOff();
    const lines = text.split("\n").map((line) => wrapped(line, this.columns));
    this.#line.write(`\n${lines.join("\n")}\n\n`);
  }

  #breakOff(): void {
    const open = this.#open;
    this.#open = undefined;
    if (this.#asks) this.#line.write("\n");
    this.#asks = false;
    if (!open) return;
    this.#line.write(this.#line.changes ? `${this.#colours.dim(time(open.at))} ${open.name}\n` : "\n");
  }
}

const time = (at: number): string => `[${(at / 1000).toFixed(1).padStart(6)} s]`;
