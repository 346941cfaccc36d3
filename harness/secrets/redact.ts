import { stripVTControlCharacters } from "node:util";
import { KnownSecrets } from "./known-secrets.ts";
import { blockIndent, isOpen, isSecretField, mask, redactForms, redactNext } from "./forms.ts";

export const keyBegin = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/;
export const keyEnd = /-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/;

const keyHeader = /^\W*(?:Proc-Type|DEK-Info|Comment|Version):/;

/**
 * Whether a line is within a key: base64, nothing, or a header; quoted, indented, numbered, or after what a journal puts
 * before it. It is read from its end, once: it may be long.
 */
function isOfKey(line: string): boolean {
  const before = (end: number, chars: RegExp): number => {
    let at = end;
    while (at > 0 && chars.test(line[at - 1] ?? "")) at -= 1;
    return at;
  };
  const end = before(line.length, /\W/);
  const start = before(end, /[\w+/=\\-]/);
  const from = before(start, /[^\w+/=]/);
  const around = line.slice(from, start) + line.slice(end);
  const isNumber = /\s/.test(line[from] ?? "") && /^\s*\d+$/.test(line.slice(0, from));
  return from === 0 || /[:|>"'\]]/.test(around) || isNumber || keyHeader.test(line);
}

/** Characters of a line that are read: nobody reads more, and what has no line ends is as long as it likes. */
const longestLine = 16 * 1024;

/** Of a line that was cut, so much of its end is left out with the rest: it may be the beginning of a secret. */
const longestSecret = 4 * 1024;

/** What reports leave out of a line; a carriage return is the end of one there. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/gu;

/** A line as reports show it: colours and other control characters may stand in the middle of a secret. */
const shown = (line: string): string =>
  line.search(controls) < 0 ? line : stripVTControlCharacters(line).replace(controls, "");

/** Lines in which a key ends; the text after one that was cut off is to be read. An RSA key of 8192 bits has 100. */
const longestKey = 128;

/**
 * Takes secrets out of text, line by line, so that output can be recorded as it streams; and out of values, once they are
 * parsed. What it knows to be secret it finds in every encoding; what looks like a secret it takes out, and knows from
 * then on.
 */
export class Redactor {
  readonly #known: KnownSecrets;
  /** Lines that may still belong to a key that has begun. */
  #keyLines = 0;
  /** How far in the field stands whose block of lines this may be. */
  #block: number | undefined;
  /** Whether the line before ended in a name, whose value this one has. */
  #open = false;
  #partial = "";
  /** Characters of the line beyond those. */
  #beyond = 0;

  /** `secrets` are values known beforehand, such as the bootstrap token of the guide. */
  constructor(secrets: Iterable<string> | KnownSecrets = []) {
    this.#known = secrets instanceof KnownSecrets ? secrets : new KnownSecrets();
    if (!(secrets instanceof KnownSecrets)) this.learn(secrets);
  }

  /** Another one that knows the same secrets, now and later, for another stream. */
  fresh(): Redactor {
    return new Redactor(this.#known);
  }

  learn(secrets: Iterable<string>): void {
    this.#known.add(secrets);
  }

  /** Redacts whole text at once. Not for JSON: what is cut out may be a part of its syntax; see `value`. */
  text(text: string): string {
    const fresh = this.fresh();
    return fresh.push(text) + fresh.end();
  }

  /** Redacts a parsed value: strings, names of fields, and fields that are secret by their name. */
  value<T>(value: T): T;
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => [this.text(field), this.#field(field, inner)]),
    );
  }

  #field(field: string, value: unknown): unknown {
    if (typeof value === "string" && isSecretField(field, value)) return mask;
    if (!Array.isArray(value)) return this.value(value);
    return this.#list(
      value.map((each: unknown) => (typeof each === "string" && isSecretField(field, each) ? mask : each)),
    );
  }

  /** A list may be the lines of a text, or the words of a command. */
  #list(values: readonly unknown[]): unknown[] {
    const lines = this.fresh();
    return values.map((value, index) => {
      if (typeof value !== "string") return this.value(value);
      const before = values[index - 1];
      const flag = typeof before === "string" && before.startsWith("-") && isSecretField(before, value);
      return flag ? mask : lines.push(`${value}\n`).slice(0, -1);
    });
  }

  /** Takes the next chunk, returns what is safe to record: all complete lines, of one that is too long the beginning. */
  push(chunk: string): string {
    let safe = "";
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      this.#take(chunk, from, end);
      safe += `${this.#whole()}\n`;
      from = end + 1;
    }
    this.#take(chunk, from, chunk.length);
    return safe;
  }

  /** The rest, once no more chunks come; `isCut` if what follows is left out, be it the rest of a line. */
  end(isCut = false): string {
    return this.#partial === "" ? "" : this.#whole(isCut);
  }

  /** Adds a part of a chunk to the line; what has no end yet is not looked at again with each chunk. */
  #take(chunk: string, from: number, to: number): void {
    const end = Math.min(to, from + longestLine - this.#partial.length);
    if (end > from) this.#partial += chunk.slice(from, end);
    this.#beyond += to - Math.max(end, from);
  }

  #whole(isCut = false): string {
    const [line, beyond] = [this.#partial, this.#beyond];
    [this.#partial, this.#beyond] = ["", 0];
    if (beyond === 0 && !isCut) return this.#line(line);
    const left = beyond + Math.min(line.length, longestSecret);
    return `${this.#line(line).slice(0, -longestSecret)}… ${left} more characters of this line are left out`;
  }

  /** A line whose secrets are cut into by control characters loses these, too. */
  #line(line: string): string {
    const text = shown(line);
    const safe = this.#inLines(text);
    return text === line || safe !== text ? safe : this.#word(line);
  }

  #inLines(line: string): string {
    if (this.#keyLines > 0) {
      if (keyEnd.test(line)) return this.#afterKey(line);
      if (isOfKey(line) && !keyBegin.test(line)) {
        this.#keyLines -= 1;
        return mask;
      }
      this.#keyLines = 0;
    }
    const begin = line.search(keyBegin);
    if (begin >= 0) {
      this.#keyLines = longestKey;
      const key = line.slice(begin);
      return this.#plain(line.slice(0, begin)) + (keyEnd.test(key) ? this.#afterKey(key) : mask);
    }
    return this.#plain(line);
  }

  #afterKey(line: string): string {
    this.#keyLines = 0;
    const rest = line.slice(line.search(keyEnd)).replace(keyEnd, "");
    return mask + this.#inLines(rest);
  }

  #plain(line: string): string {
    const inner = line.search(/\S/);
    if (this.#block !== undefined && (inner < 0 || inner > this.#block)) return this.#inBlock(line, inner);
    this.#block = blockIndent(line);
    const own = this.#open ? redactNext(line, this.#met) : line;
    // A list goes on.
    this.#open = isOpen(line) || (this.#open && (inner < 0 || /^\s*- /.test(line)));
    return this.#word(own);
  }

  readonly #met = (secret: string): void => this.learn([secret]);

  /** A line by itself, whatever came before it. */
  #word(line: string): string {
    return redactForms(this.#known.redact(line), this.#met);
  }

  #inBlock(line: string, inner: number): string {
    if (inner < 0) return line;
    // A word alone; other lines are said elsewhere, too.
    if (/^\S*\d\S*$/.test(line.trim())) this.learn([line]);
    return line.slice(0, inner) + mask;
  }
}

/** The redactor of this process. Whatever leaves the process passes it: a crash tells no more than a report. */
export const processRedactor = new Redactor();
