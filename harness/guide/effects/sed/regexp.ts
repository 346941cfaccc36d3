/** POSIX's classes of characters, as they stand between brackets. */
const classes: Readonly<Record<string, string>> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  blank: String.raw` \t`,
  digit: "0-9",
  lower: "a-z",
  space: String.raw`\s`,
  upper: "A-Z",
  xdigit: "0-9a-fA-F",
};

/** A set in brackets, a character with its backslash, or a character. */
const tokens = /\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\[^]|[^]/g;

/** More repetitions than these can take longer than anybody waits. */
const mostRepetitions = 3;

/**
 * A regular expression of sed(1) as JavaScript has it, which finds every match; basic, or `extended` as with -E. Undefined if it has no
 * counterpart, is none, or may take too long.
 */
export function posixRegExp(source: string, extended: boolean, ignoreCase: boolean): RegExp | undefined {
  const all = source.match(tokens) ?? [];
  const meta = (character: string): string => (extended ? character : `\\${character}`);
  const translated = all.map((token, index) => {
    const before = all[index - 1];
    const first = index === 0 || before === meta("(");
    const last = [undefined, meta(")")].includes(all[index + 1]);
    if (token.length > 1 && token.startsWith("[")) return setOf(token);
    if (/^\\?[(){}|+?]$/.test(token)) {
      const character = token.slice(-1);
      if (token !== meta(character)) return literal(token);
      // Of several alternatives sed takes the longest, JavaScript the first.
      if (character === "|" || (/[+?{]/.test(character) && first)) return undefined;
      return /[{}]/.test(character) && !isCounted(all, index, meta) ? undefined : character;
    }
    if (token === "^") return extended || first ? token : literal(token);
    if (token === "$") return extended || last ? token : literal(token);
    if (token === "*" && extended) return first || before === "^" ? undefined : token;
    if (token === "*") return first || (index === 1 && before === "^") ? literal(token) : token;
    if (token === ".") return token;
    if (/^\\[wWsSbBnt]$/.test(token)) return token;
    if (/^\\[1-9]$/.test(token)) {
      const groups = all.slice(0, index).filter((each) => each === meta("(")).length;
      return Number(token[1]) <= groups ? token : undefined;
    }
    if (/^\\[<>]$/.test(token)) return String.raw`\b`;
    return /^(?:\0|\[|\\[\w'`])$/.test(token) ? undefined : literal(token);
  });
  const text = translated.join("");
  const repetitions = text.match(/(?<!\\)[*+{]/g)?.length ?? 0;
  if (text === "" || translated.includes(undefined) || repetitions > mostRepetitions) return undefined;
  // A repetition of a repetition is another thing in JavaScript; one right behind another one takes too long.
  if (/(?<!\\)[*+?}]\)?[*+?{]/.test(text)) return undefined;
  if (/(?<!\\)[*+}]\)?\(?(?:\\?.|\[[^\]]+\])[*+{]/.test(text)) return undefined;
  try {
    return new RegExp(text, ignoreCase ? "gi" : "g");
  } catch {
    return undefined;
  }
}

/** Whether a brace is one of a count: `{2}`, `{2,}` or `{2,3}`. */
function isCounted(all: readonly string[], index: number, meta: (character: string) => string): boolean {
  const start = all.lastIndexOf(meta("{"), index);
  const end = all.indexOf(meta("}"), index);
  return start >= 0 && end >= 0 && /^\d+(?:,\d*)?$/.test(all.slice(start + 1, end).join(""));
}

const literal = (token: string): string => token.slice(-1).replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);

/** A set in brackets: a backslash is one of its characters, but for `\n` and `\t`. Undefined for a class that is not known. */
function setOf(token: string): string | undefined {
  const [, negation = "", closing = "", inner = ""] = /^\[(\^?)(\]?)([^]*)\]$/.exec(token) ?? [];
  // Other names of characters stand in `[.a.]` and `[=a=]`.
  let isKnown = closing + inner !== "" && !/\[(?:[.=]|:(?!\w+:\]))/.test(inner);
  const characters = inner.replaceAll(/\[:(\w+):\]|\\(?![nt])|\[/g, (found, name: string | undefined) => {
    if (name === undefined) return `\\${found}`;
    const known = Object.hasOwn(classes, name) ? classes[name] : undefined;
    isKnown &&= known !== undefined;
    return known ?? "";
  });
  return isKnown ? `[${negation}${closing && String.raw`\]`}${characters}]` : undefined;
}
