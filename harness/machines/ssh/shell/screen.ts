import { StringDecoder } from "node:string_decoder";

/** Told of what a line says behind what was answered in it, and whether it is finished. */
export type LineListener = (said: string, finished: boolean) => void;

/** Characters of a line that are kept; a longer one goes on as if it were another. */
const longest = 64 * 1024;

/** As much of a control sequence as its end is waited for. */
const longestSequence = 4096;

// ECMA-48: CSI, OSC and the other strings, and escapes of two or three characters.
const csi = String.raw`\[(?<parameters>[0-?]*)[ -/]*(?<final>[@-~])`;
const strings = String.raw`\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\`;
const token = new RegExp(
  String.raw`\x1b(?:${csi}|${strings}|[ -/]+[0-~]|(?<escape>[0-OQ-WYZ\\\x60-~]))|(?<text>[^\0-\x08\x0a-\x1f\x7f-\x9f]+)|(?<control>[^])`,
  "g",
);
const unfinished = new RegExp(
  String.raw`\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)$|\r$`,
);

/**
 * What a terminal shows, as text: a line that is written over has its last form, and nothing is left of control characters
 * and sequences. A cursor that leaves its line ends it.
 */
export class Screen {
  readonly #decoder = new StringDecoder("utf8");
  readonly #listener: LineListener;
  #held = "";
  #line = "";
  #column = 0;
  /** So much of the line was answered. */
  #answered = 0;
  /** An echo that is not to be seen, and what stands in its place. */
  #echo: { readonly column: number; readonly text: string; readonly shown: string } | undefined;
  #finished = "";

  constructor(listener: LineListener) {
    this.#listener = listener;
  }

  /** Takes what the terminal is sent; gives the lines that it finishes. */
  push(bytes: Buffer): string {
    const text = this.#held + this.#decoder.write(bytes);
    const cut = text.search(unfinished);
    this.#held = cut < 0 || text.length - cut > longestSequence ? "" : text.slice(cut);
    this.#take(text.slice(0, text.length - this.#held.length));
    this.#listener(this.#said(), false);
    return this.#given();
  }

  /** What is left on the line, once nothing more will come. */
  end(): string {
    this.#take(this.#held + this.#decoder.end());
    return this.#given() + this.#shown();
  }

  /** The line that the listener was told of is answered; with `shown`, that stands in the place of the answer's echo. */
  answered(answer: string, shown: string | undefined): void {
    this.#answered = this.#line.length;
    this.#echo = shown === undefined ? undefined : { column: this.#line.length, text: answer, shown };
  }

  #given(): string {
    const finished = this.#finished;
    this.#finished = "";
    return finished;
  }

  #shown(): string {
    const { column = 0, text = "", shown = "" } = this.#echo ?? {};
    if (text === "" || !this.#line.startsWith(text, column)) return this.#line;
    return this.#line.slice(0, column) + shown + this.#line.slice(column + text.length);
  }

  #said(): string {
    return this.#shown().slice(this.#answered);
  }

  #take(text: string): void {
    for (const { groups = {} } of text.matchAll(token)) {
      const { text: written, control, final, escape, parameters = "" } = groups;
      if (written !== undefined) this.#write(written);
      else if (control === "\n") this.#finish();
      else if (control === "\r") this.#column = 0;
      else if (control === "\b") this.#column = Math.max(0, this.#column - 1);
      else if (final !== undefined) this.#move(final, parameters);
      else if (escape !== undefined && /[DEM]/.test(escape)) this.#leave();
    }
  }

  #write(text: string): void {
    this.#answered = Math.min(this.#answered, this.#column);
    const end = this.#column + text.length;
    this.#line = this.#line.slice(0, this.#column).padEnd(this.#column) + text + this.#line.slice(end);
    this.#column = end;
    if (this.#line.length <= longest) return;
    this.#finished += this.#shown();
    this.#begin();
  }

  /** A sequence that moves the cursor or erases. */
  #move(final: string, parameters: string): void {
    const count = Number.parseInt(parameters, 10) || 0;
    if (final === "K" || (final === "J" && count === 0)) this.#erase(count);
    else if (final === "C") this.#column = Math.min(this.#column + Math.max(1, count), longest);
    else if (final === "D") this.#column = Math.max(0, this.#column - Math.max(1, count));
    else if (final === "G") this.#column = Math.min(Math.max(0, count - 1), longest);
    else if (/[ABEFHJdf]/.test(final)) this.#leave();
  }

  /** From the cursor on, up to it, or the whole line: 0, 1 or 2. */
  #erase(what: number): void {
    const rest = what === 1 ? this.#line.slice(this.#column) : "";
    this.#line = (what === 0 ? this.#line.slice(0, this.#column) : "".padEnd(this.#column)) + rest;
  }

  #leave(): void {
    if (this.#line.trim() === "") this.#begin();
    else this.#finish();
  }

  #finish(): void {
    const before = this.#echo;
    this.#listener(this.#said(), true);
    this.#finished += `${this.#shown()}\n`;
    const after = this.#echo;
    this.#begin();
    // What was answered only now is echoed on the next line.
    if (after && after !== before) this.#echo = { ...after, column: 0 };
  }

  #begin(): void {
    this.#line = "";
    this.#column = 0;
    this.#answered = 0;
    this.#echo = undefined;
  }
}
