/** The typed wildcards, as regular expressions without groups that capture. */
export const patterns: Readonly<Record<string, string>> = {
  // RFC 3339, section 5.6, or RFC 3164's time stamp, as syslog and journalctl print it.
  time: [
    String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})`,
    String.raw`(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:0?[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`,
  ].join("|"),
  // Hexadecimal or base64url; a digit or capital tells it from a word such as kubelet-bootstrap.
  hash: "(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{16,}",
  ip: Array.from({ length: 4 }, () => String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`).join(String.raw`\.`),
  // As kubectl prints it (apimachinery, duration.HumanDuration): one unit, or two that follow each other.
  age: String.raw`\d+(?:y(?:\d+d)?|d(?:\d+h)?|h(?:\d+m)?|m(?:\d+s)?|s)`,
  word: String.raw`\S+`,
};

/** A text's lines as they are compared. */
export const toLines = (text: string): string[] =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trimEnd().replaceAll(/\s+/g, " "));

/** A typed wildcard in a line. */
export const wildcard = new RegExp(String.raw`\{\{(${Object.keys(patterns).join("|")})\}\}`);

/** A line's regular expression; a wildcard also stands for a word with the text `hidden` in it. */
function sourceOf(expected: string, hidden?: string): string {
  const also = hidden === undefined ? "" : String.raw`|\S*${RegExp.escape(hidden)}\S*`;
  // Every other part is a wildcard's name, as the expression captures it.
  const parts = expected.split(wildcard);
  return parts
    .map((part, index) => (index % 2 === 0 ? RegExp.escape(part) : `(?:${patterns[part] ?? ""}${also})`))
    .join("");
}

/** Whether a line, its blanks as `toLines` has them, is one that the guide shows; a wildcard also stands for a word with the text `hidden` in it. */
export const matchesLine = (expected: string, actual: string, hidden?: string): boolean =>
  wildcard.test(expected) ? new RegExp(`^${sourceOf(expected, hidden)}$`).test(actual) : expected === actual;

/** Whether a line ends as a prompt does, wildcards and blanks as in `matchOutput`. */
export function endsIn(prompt: string, line: string): boolean {
  const [[expected = ""], [actual = ""]] = [toLines(prompt), toLines(line)];
  return new RegExp(`${sourceOf(expected)}$`).test(actual);
}

/** Expected lines without a `{{lines}}` between them; `start` is the first one's index. */
type Passage = { readonly start: number; readonly lines: readonly string[] };

function splitPassages(expected: readonly string[]): Passage[] {
  const breaks = expected.flatMap((line, index) => (line.trim() === "{{lines}}" ? [index] : []));
  const starts = [0, ...breaks.map((index) => index + 1)];
  return starts.map((start, index) => ({ start, lines: expected.slice(start, breaks[index]) }));
}

/** Indexes of `actual` where a passage may begin when those before it end at `from`. */
function placesFor(
  passages: readonly Passage[],
  index: number,
  from: number,
  actual: readonly string[],
): number[] {
  const latest = Math.max(from, actual.length - (passages[index]?.lines.length ?? 0));
  if (index === 0) return [0];
  if (index === passages.length - 1) return [latest];
  return Array.from({ length: latest - from + 1 }, (_, offset) => from + offset);
}

/** How many of a passage's lines match at a place, one after the other. */
function matchedLines(
  { lines }: Passage,
  actual: readonly string[],
  place: number,
  hidden: string | undefined,
): number {
  const miss = lines.findIndex((line, index) => {
    const found = actual[place + index];
    return found === undefined || !matchesLine(line, found, hidden);
  });
  return miss === -1 ? lines.length : miss;
}

const shown = (line = "(end of the output)"): string => line || "(an empty line)";

function difference(expected: string | undefined, actual: readonly string[], index: number): string {
  const found = actual.join("") === "" ? "(no output)" : shown(actual[index]);
  return `line ${index + 1} of the output\n  expected: ${shown(expected)}\n  actual:   ${found}`;
}

/** `difference` shows the first line that differs, expected and actual; it holds output that is not redacted. */
export type OutputMatch =
  | { readonly matches: true }
  | { readonly matches: false; readonly difference: string };

const wordsOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.split(" ").filter(Boolean));

/** Lines as they are between empty ones: `ls` of several folders has one part for each. */
const partsOf = (lines: readonly string[]): string[][] =>
  lines.reduce<string[][]>(
    (parts, line) => {
      if (line.trim() === "") parts.push([]);
      else parts.at(-1)?.push(line);
      return parts;
    },
    [[]],
  );

/** Whether all parts of two texts have the same words, however they are spread over a part's lines and in whatever order. */
function sameParts(wanted: readonly string[], found: readonly string[], hidden: string | undefined): boolean {
  const [all, others] = [partsOf(wanted), partsOf(found)];
  return (
    all.length === others.length && all.every((part, index) => sameWords(part, others[index] ?? [], hidden))
  );
}

function sameWords(wanted: readonly string[], found: readonly string[], hidden: string | undefined): boolean {
  const left = wordsOf(found);
  return (
    wordsOf(wanted).every((word) => {
      const at = left.findIndex((other) => matchesLine(word, other, hidden));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    }) && left.length === 0
  );
}

/**
 * Compares a command's output with the guide's: line by line, all lines, in order. A run of blanks counts as one;
 * blanks at the end of a line and of the text do not count. Wildcards as in docs/guide-grammar.md.
 * With `columns` the lines may be divided otherwise: `ls` prints several names a line on a reader's terminal, and one for us.
 * A wildcard also stands for what was printed and is `hidden` by this text.
 */
export function matchOutput(
  expected: string,
  actual: string,
  { columns = false, hidden }: { readonly columns?: boolean; readonly hidden?: string } = {},
): OutputMatch {
  const wanted = toLines(expected);
  const found = toLines(actual);
  if (columns && sameParts(wanted, found, hidden)) return { matches: true };
  const passages = splitPassages(wanted);
  let from = 0;
  for (const [index, passage] of passages.entries()) {
    // The earliest place is the best one: it leaves the most lines to the passages that follow.
    let best = { place: from, count: -1 };
    for (const place of placesFor(passages, index, from, found)) {
      const count = matchedLines(passage, found, place, hidden);
      if (count > best.count) best = { place, count };
      if (count === passage.lines.length) break;
    }
    if (best.count < passage.lines.length) {
      return {
        matches: false,
        difference: difference(wanted[passage.start + best.count], found, best.place + best.count),
      };
    }
    from = best.place + best.count;
  }
  if (passages.length > 1 || from === found.length) return { matches: true };
  return { matches: false, difference: difference(undefined, found, from) };
}
