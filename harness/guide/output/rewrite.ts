import { checkBraces, wildcards } from "../parse/braces.ts";
import { controlProblems } from "../parse/characters.ts";
import { matchesLine, matchOutput, wildcard } from "../plan/expect.ts";
import { align } from "../edit/compare/align.ts";
import { standingForBoth, withWildcardsOf } from "./words.ts";

/** What a block shows and what its command printed. */
export type BlockOutputs = {
  /** The block's text. */
  readonly written: string;
  /** What was printed on each machine in each run, redacted, the newest first; at least one. */
  readonly printed: readonly string[];
  /** Whether the lines may be divided otherwise. */
  readonly columns?: boolean;
  /** What stands in a secret's place in what was printed. */
  readonly hidden: string;
  /** Takes secrets out of a text, as they were taken out of what was printed. */
  readonly hide: (text: string) => string;
};

/**
 * The block's new text, the same where it is right, and its lines with wildcards that it had not, or that stand for more of
 * its lines now; or why there can be none.
 */
export type Rewritten =
  | { readonly text: string; readonly proposed: readonly string[] }
  | { readonly left: string };

const secretPrinted = { left: "a secret is printed there: put a wildcard in its place by hand" };

const anyLines = "{{lines}}";
const isAnyLines = (line: string): boolean => line.trim() === anyLines;
const compared = (line: string): string => line.trimEnd().replaceAll(/\s+/g, " ");

/** A text's lines as they are written, without blanks at their ends or lines of them at the end. */
const linesOf = (text: string): string[] => {
  const whole = text.trimEnd();
  return whole === "" ? [] : whole.split(/\r?\n/).map((line) => line.trimEnd());
};

/**
 * The text of an output block that fits all that was printed. What fits already stays as it is written; of a block
 * without wildcards the blanks are those that all have. Where it does not, what was printed newest takes its place, with
 * the wildcards that stood there and fit, and with wildcards for what is not the same in all.
 */
export function rewriteOutput(shown: BlockOutputs): Rewritten {
  const { written, printed, hidden } = shown;
  const [newest = "", ...others] = printed;
  // What the guide shows there in full is hidden as what was printed is: nobody knows whether it is the same.
  if (shown.hide(written) !== written && printed.some((one) => one.includes(hidden))) return secretPrinted;
  const lines = others.reduce(
    (text, other) => widened(text, linesOf(other), shown),
    fromPrinted(shown, newest),
  );
  const text = lines.join("\n");
  if (text.includes(hidden) && !written.includes(hidden)) {
    return secretPrinted;
  }
  const unsaid = [...checkBraces(text, "wildcard", wildcards), ...controlProblems(text)];
  if (unsaid[0]) return { left: `what is printed cannot be written in a guide: ${unsaid[0].message}` };
  if (!printed.every((one) => fits(text, one, shown))) {
    return { left: "no text with wildcards fits all that was printed" };
  }
  const had = linesOf(written);
  const isNew = (line: string): boolean => others.length > 0 && isWild(line) && !had.includes(line);
  const swallows = fixed(lines) < fixed(had);
  const proposed = lines.filter((line) => isNew(line) || (swallows && isAnyLines(line)));
  return { text: text === written.trimEnd() ? written : text, proposed };
}

const fixed = (lines: readonly string[]): number => lines.filter((line) => !isAnyLines(line)).length;

const isWild = (line: string): boolean => isAnyLines(line) || wildcard.test(line);

const fits = (text: string, printed: string, { columns, hidden, hide }: BlockOutputs): boolean =>
  matchOutput(hide(text), printed, { hidden, ...(columns === true && { columns }) }).matches;

const fitsLine = (written: string, printed: string, { hidden, hide }: BlockOutputs): boolean =>
  !isAnyLines(written) && matchesLine(compared(hide(written)), compared(printed), hidden);

function fromPrinted(shown: BlockOutputs, newest: string): string[] {
  const { written, printed, columns = false, hidden } = shown;
  const before = linesOf(written);
  if (printed.every((one) => fits(written, one, shown))) {
    // Words that are divided otherwise have no places to compare.
    return columns ? before : before.map((line) => asAllPrint(line, shown));
  }
  return align(before, linesOf(newest), (one, other) => fitsLine(one, other, shown)).flatMap((stretch) => {
    if (stretch.fits) return [asAllPrint(stretch.one, shown)];
    const { one, other } = stretch;
    return paired(one, other, (line, its) => withWildcardsOf(line, its, hidden));
  });
}

/**
 * Other lines in the place of some, each by the one that stands where it stands. `{{lines}}` stays: lines before it are counted
 * from the beginning, those after it from the end.
 */
function paired(
  one: readonly string[],
  other: readonly string[],
  both: (line: string, its: string) => string,
): string[] {
  const first = one.findIndex(isAnyLines);
  if (first < 0) return other.map((its, index) => (one[index] === undefined ? its : both(one[index], its)));
  const after = one.slice(one.findLastIndex(isAnyLines) + 1);
  const top = other.slice(0, first);
  const bottom = other.slice(Math.max(top.length, other.length - after.length));
  return [
    ...paired(one.slice(0, first), top, both),
    anyLines,
    ...paired(after.slice(-bottom.length), bottom, both),
  ];
}

/**
 * A line with the blanks that it has wherever it was printed; as it is written, if they vary, or if the block has wildcards:
 * how wide a column is depends on what stands in it.
 */
function asAllPrint(line: string, { written, printed }: BlockOutputs): string {
  if (linesOf(written).some(isWild)) return line;
  const seen = new Set(
    printed.flatMap((one) => linesOf(one).filter((other) => compared(other) === compared(line))),
  );
  const [only = line] = seen;
  return seen.size === 1 ? only : line;
}

/** The same lines, with wildcards where something else was printed another time. */
function widened(lines: readonly string[], other: readonly string[], shown: BlockOutputs): string[] {
  if (fits(lines.join("\n"), other.join("\n"), shown)) return [...lines];
  const wider = align(lines, other, (one, its) => fitsLine(one, its, shown)).flatMap((stretch): string[] => {
    if (stretch.fits) return [stretch.one];
    const { one, other: its } = stretch;
    if (one.length !== its.length && !one.some(isAnyLines)) return [anyLines];
    return paired(one, its, (line, seen) => standingForBoth(line, seen) ?? anyLines);
  });
  return wider.filter((line, index) => !isAnyLines(line) || !isAnyLines(wider[index - 1] ?? ""));
}
