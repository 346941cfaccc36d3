/** Edit distance (optimal string alignment); with `anywhere`, to the nearest part of `other` (Sellers). */
function distance(one: string, other: string, anywhere = false): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => (anywhere ? 0 : index));
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swap = isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    [before, row] = [row, next];
  }
  return anywhere ? Math.min(...row) : (row.at(-1) ?? 0);
}

function nearest(text: string, candidates: Iterable<string>, anywhere = false): string[] {
  // More than two fifths of the text being wrong is no slip of the hand.
  let least = Math.max(1, Math.floor(text.length * 0.4)) + 1;
  let best: string[] = [];
  for (const candidate of candidates) {
    const found = distance(text, candidate, anywhere);
    if (found < least) [least, best] = [found, [candidate]];
    else if (found === least && best.length > 0) best.push(candidate);
  }
  return best;
}

/** The candidate nearest to a misspelt word; undefined if none is near. */
export const closestWord = (word: string, candidates: Iterable<string>): string | undefined =>
  nearest(word, candidates)[0];

/** Whether a word is another one with a single slip: a letter too many, too few or wrong, or two in the other's place. */
export const isSlipOf = (word: string, other: string): boolean =>
  word !== other && Math.abs(word.length - other.length) <= 1 && distance(word, other) <= 1;

/** The line with the part that is nearest to `text`; undefined if none is near. */
export const closestLine = (text: string, lines: Iterable<string>): string | undefined =>
  nearest(text, lines, true)[0];

/** A hint for a word that is not in a closed list: the nearest one, then all. */
export const suggest = (word: string, known: readonly string[]): string =>
  suggestFrom(word, known, `known: ${known.join(", ") || "none"}`);

/** Of words that are equally near, a hint names no more than these. */
const mostNamed = 3;

/** A hint for a word that is not in a list too long to show: the nearest ones, then where the list is. */
export function suggestFrom(word: string, known: Iterable<string>, list: string): string {
  const near = nearest(word, new Set(known)).slice(0, mostNamed);
  return near.length === 0 ? list : `did you mean ${near.map((one) => `"${one}"`).join(" or ")}? ${list}`;
}
