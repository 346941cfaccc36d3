import { matchesLine, patterns } from "../plan/expect.ts";
import { align } from "../edit/compare/align.ts";

/** A line in words, each with the blanks before it; a time stamp is one word, blanks and all. */
type Word = { readonly blanks: string; readonly text: string };

const time = patterns["time"]?.replaceAll(/ (?!\])/g, String.raw`\s+`) ?? "";
const wordPattern = new RegExp(String.raw`(\s*)((?:${time})(?!\S)|\S+)`, "g");

const wordsOf = (line: string): Word[] =>
  [...line.matchAll(wordPattern)].map(([, blanks = "", text = ""]) => ({ blanks, text }));

const joined = (words: readonly Word[]): string => words.map(({ blanks, text }) => blanks + text).join("");

const single = (text: string): string => text.replaceAll(/\s+/g, " ");

/** A line as it was printed, with those wildcards of the written one whose word stands where it stood. */
export function withWildcardsOf(written: string, printed: string, hidden: string): string {
  const stretches = align(wordsOf(written), wordsOf(printed), (one, other) =>
    matchesLine(one.text, single(other.text), hidden),
  );
  return joined(
    stretches.flatMap((stretch) =>
      stretch.fits ? [{ blanks: stretch.other.blanks, text: stretch.one.text }] : stretch.other,
    ),
  );
}

/** A line that stands for both, with wildcards for the words that differ; undefined if they have not as many words. */
export function standingForBoth(one: string, other: string): string | undefined {
  const [words, others] = [wordsOf(one), wordsOf(other)];
  if (words.length !== others.length) return undefined;
  return joined(
    words.map(({ blanks, text }, index) => ({ blanks, text: wordForBoth(text, others[index]?.text ?? "") })),
  );
}

type Joints = readonly [before: number, behind: number];

/** A word that stands for both: with the narrowest wildcard for what differs between two joints, or for all of it. */
function wordForBoth(one: string, other: string): string {
  if (matchesLine(one, single(other))) return one;
  const within = (text: string, [before, behind]: Joints): string => text.slice(before, text.length - behind);
  const wild = (name: string, [before, behind]: Joints): string =>
    `${one.slice(0, before)}{{${name}}}${one.slice(one.length - behind)}`;
  const whole: Joints = [0, 0];
  const inner: Joints = [commonStart(one, other), commonEnd(one, other)];
  // An address has joints of its own; a name is only a hash where nothing else is in common.
  const tries: [readonly string[], Joints][] = [
    [["time", "ip", "age"], whole],
    [["time", "ip", "age", "hash"], inner],
    [["hash"], whole],
    [["word"], inner],
  ];
  for (const [names, between] of tries) {
    const parts = [one, other].map((text) => single(within(text, between)));
    const name = names.find((each) => parts.every((part) => matchesLine(`{{${each}}}`, part)));
    if (name !== undefined) return wild(name, between);
  }
  return "{{word}}";
}

/** Characters between which a word is not divided: those of a name, an address or a version. */
const isInner = (text: string, at: number): boolean => /[\w.]/.test(text[at] ?? "");

/** How many characters two words have in common at their beginning, up to a joint. */
function commonStart(one: string, other: string): number {
  let length = 0;
  while (length < Math.min(one.length, other.length) && one[length] === other[length]) length += 1;
  while (length > 0 && isInner(one, length - 1)) length -= 1;
  return length;
}

/** The same at their ends; the beginnings are not counted twice. */
function commonEnd(one: string, other: string): number {
  const most = Math.min(one.length, other.length) - commonStart(one, other);
  let length = 0;
  while (length < most && one.at(-1 - length) === other.at(-1 - length)) length += 1;
  while (length > 0 && isInner(one, one.length - length)) length -= 1;
  return length;
}
