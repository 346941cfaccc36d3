import { mask, redactForms } from "./forms.ts";

/** Shorter ones would be found in words that have nothing to do with them. */
const shortest = 8;

const base64 = /[\w+/-]{12,}={0,2}/g;

/** Values that are known to be secret, and all ways in which they may be written. */
export class KnownSecrets {
  readonly #values = new Set<string>();
  /** Made when it is asked for; undefined once there are more values. */
  #patterns: { readonly literal: RegExp; readonly encoded: RegExp } | undefined;

  /** Text of several lines is known by each of its lines, for output is read line by line. */
  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      for (const line of secret.split("\n"))
        if (line.trim().length >= shortest) this.#values.add(line.trim());
    }
    this.#patterns = undefined;
  }

  /** Takes them out of a line, whether as they are, escaped, or in base64. */
  redact(line: string): string {
    const { literal, encoded } = (this.#patterns ??= patternsOf([...this.#values]));
    const decoded = line.replace(base64, (run) => (run.search(encoded) >= 0 || hidesForm(run) ? mask : run));
    return decoded.replace(literal, mask);
  }
}

function hidesForm(run: string): boolean {
  const text = Buffer.from(run, "base64").toString("latin1");
  return /^[\t\n\r -~]+$/.test(text) && text.split("\n").some((line) => redactForms(line) !== line);
}

const patternsOf = (secrets: readonly string[]): { readonly literal: RegExp; readonly encoded: RegExp } => ({
  literal: anyOf(secrets.flatMap(spellings)),
  encoded: anyOf(["PRIVATE KEY", ...secrets].flatMap(encodings)),
});

const json = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The ways in which programs write a text: as it is, in a string of JSON, in single quotes, in an address. */
const spellings = (text: string): string[] => {
  const percent = encodeURIComponent(text);
  return [
    text,
    json(text),
    json(json(text)),
    text.replaceAll("'", String.raw`'\''`),
    percent,
    percent.replaceAll(/%../g, (hex) => hex.toLowerCase()),
    percent.replaceAll("%20", "+"),
  ];
};

/** What is the same in base64 whatever stands before and after a text, for each of the three ways in which it can lie. */
const encodings = (text: string): string[] =>
  [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const core = bytes.toString("base64").slice([0, 2, 3][offset], Math.floor((bytes.length * 8) / 6));
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });

const anyOf = (texts: readonly string[]): RegExp =>
  new RegExp(
    texts.length === 0
      ? "(?!)"
      : [...new Set(texts)]
          .toSorted((a, b) => b.length - a.length)
          .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`))
          .join("|"),
    "g",
  );
