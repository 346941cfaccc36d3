import type { Code, Heading, InlineCode, ListItem, Nodes } from "mdast";
import { formatLocation, type SourceLocation } from "../../errors.ts";
import type { Profile } from "../../profile/profile.ts";
import { readBlock } from "./blocks.ts";
import { type Vocabulary, vocabularyOf } from "./hosts.ts";
import { InvalidGuideError, type Finding } from "../invalid-guide.ts";
import { readMarkdown, type Markdown } from "./markdown.ts";
import { numberedHeading } from "./section-number.ts";
import { strayFences } from "./strays.ts";
import type { Block, Claim, Guide } from "../types.ts";

/** What has been read so far; one walk over the text fills it. */
class Reading {
  readonly file: string;
  readonly markdown: Markdown;
  readonly words: Vocabulary;
  /** The section that holds the claims, if the guide makes any. */
  readonly claimsIn: string | undefined;
  readonly titles: string[] = [];
  readonly sections: Guide["sections"][number][] = [];
  readonly blocks: Block[] = [];
  readonly claims: Claim[] = [];
  /** Inline code of the list items that are claims. */
  readonly claimed = new Set<Nodes>();
  readonly ids = new Map<string, SourceLocation>();
  readonly findings: Finding[];
  readonly refused: SourceLocation[] = [];
  /** Lines of fences that are no block, each of which is a finding. */
  readonly strays: ReadonlySet<number>;
  section: Section | undefined;
  readonly levels: Section[] = [];
  previous: Block | "invalid" | undefined;

  constructor(text: string, file: string, { machines, claims }: Facts) {
    this.file = file;
    this.markdown = readMarkdown(text);
    this.words = vocabularyOf(machines);
    this.claimsIn = claims;
    this.findings = [...strayFences(this.markdown, (line, column) => ({ file, line, column }))];
    this.strays = new Set(this.findings.map(({ location }) => location.line));
  }
}

type Section = { readonly number: string; readonly depth: number };

type Facts = Pick<Profile, "machines" | "claims">;

const claimHint =
  "write - `claim:NAME` and then the claim, in words; NAME of small letters, digits and hyphens";

/** Whether code is meant as a claim, be it with capitals, which none has. */
const isClaim = (code: string): boolean => /^claim:/i.test(code);

const claimName = /^claim:([a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * Parses the guide by docs/guide-grammar.md. Every code block becomes a block or a finding.
 * `file` is only the name in locations. Throws InvalidGuideError with all findings.
 */
export function parseGuide(text: string, file: string, profile: Facts): Guide {
  const { title, sections, blocks, claims, findings } = readGuide(text, file, profile);
  if (findings.length > 0) throw new InvalidGuideError(findings);
  return { file, title, sections, blocks, claims };
}

/**
 * What can be read of a guide, and all that is wrong with it. Each fence of the text is a block, or it is `refused` for
 * what is found in it or in its command, or it is no fence to Markdown, which is a finding.
 */
export function readGuide(
  text: string,
  file: string,
  profile: Facts,
): Guide & Pick<Reading, "findings" | "refused"> {
  const reading = new Reading(text, file, profile);
  for (const top of reading.markdown.root.children) {
    if (top.type === "heading") readHeading(reading, top);
    for (const node of reading.markdown.walk(top)) {
      if (node.type === "code") readCode(reading, node);
      if (node.type === "listItem") readClaim(reading, node);
      if (node.type === "inlineCode") readStrayClaim(reading, node);
    }
  }
  const { titles, sections, blocks, claims, findings, refused } = reading;
  const [title = ""] = titles;
  if (title === "") {
    const message = text.trim() === "" ? "an empty guide" : "a guide without a title";
    const hint = "begin the guide with `# What it installs`";
    findings.push({ location: { file, line: 1, column: 1 }, message, hint });
  }
  return { file, title, sections, blocks, claims, findings, refused };
}

const place = (reading: Reading, node: Nodes): SourceLocation => ({
  file: reading.file,
  line: node.position?.start.line ?? 1,
  column: node.position?.start.column ?? 1,
});

const textOf = ({ markdown }: Reading, node: Nodes): string =>
  [...markdown.walk(node)].map((part) => ("value" in part ? part.value : "")).join("");

function readHeading(reading: Reading, heading: Heading): void {
  const location = place(reading, heading);
  const text = textOf(reading, heading).trim();
  if (heading.depth === 1) {
    if (reading.titles.length > 0) {
      const hint = "sections are headings of the second level and below: `## 1 Prepare the machines`";
      reading.findings.push({ location, message: "a second title", hint });
    }
    reading.titles.push(text);
    reading.section = undefined;
    return;
  }
  const { number: read, title = "", isOther = false } = numberedHeading(text) ?? {};
  const { depth } = heading;
  const number = read !== undefined && isOther ? fitting({ number: read, depth }, reading.levels) : read;
  if (number === undefined) {
    // A heading without a number divides its section, unless it stands at the section's own level or above.
    if (reading.section !== undefined && depth <= reading.section.depth) reading.section = undefined;
    return;
  }
  if (isOther) {
    const hint = `write \`${`${"#".repeat(depth)} ${number} ${title}`.trim()}\``;
    reading.findings.push({ location, message: "a section number that cannot be read", hint });
  }
  const last = reading.sections.at(-1);
  if (last !== undefined && compareNumbers(number, last.number) <= 0) {
    const hint = `section ${last.number} is at ${formatLocation(last.location)}: numbers go up and occur once`;
    reading.findings.push({ location, message: `section ${number} after section ${last.number}`, hint });
  }
  reading.section = { number, depth };
  reading.levels.push(reading.section);
  reading.sections.push({ number, title, location });
}

/** A section's number as it has to be after others: below that of the section it stands in, and above those beside it. */
function fitting({ number, depth }: Section, before: readonly Section[]): string {
  const at = before.findLastIndex((one) => one.depth < depth);
  const parent = before[at]?.number;
  const prefix = parent === undefined ? "" : `${parent}.`;
  const beside = before.slice(at + 1).findLast((one) => one.depth === depth)?.number;
  const isIn = number.startsWith(prefix);
  if (isIn && (beside === undefined || compareNumbers(number, beside) > 0)) return number;
  const own = Number(isIn ? number.slice(prefix.length).split(".")[0] : number.split(".").at(-1));
  const last = Number(beside?.split(".").at(-1) ?? 0);
  return `${prefix}${Math.max(own, last + 1)}`;
}

function compareNumbers(one: string, other: string): number {
  const [ours, theirs] = [one.split(".").map(Number), other.split(".").map(Number)];
  const length = Math.max(ours.length, theirs.length);
  return Array.from({ length }, (_, at) => (ours[at] ?? -1) - (theirs[at] ?? -1)).find((by) => by !== 0) ?? 0;
}

function readCode(reading: Reading, code: Code): void {
  const { file, words, ids, previous, section } = reading;
  const at = (line: number, column: number): SourceLocation => ({ file, line, column });
  const fence = reading.markdown.fence(code);
  if (fence.kind === "indented") {
    for (let line = fence.line; line <= fence.endLine; line++) if (reading.strays.has(line)) return;
  }
  const read = readBlock(fence, { section: section?.number, previous, words, ids, at });
  if ("findings" in read) {
    reading.findings.push(...read.findings);
    reading.refused.push(at(fence.line, fence.column));
    reading.previous = "invalid";
    return;
  }
  const { block } = read;
  reading.previous = block;
  reading.blocks.push(block);
  if ("id" in block) ids.set(block.id, block.location);
}

function readClaim(reading: Reading, item: ListItem): void {
  const [paragraph] = item.children;
  if (paragraph?.type !== "paragraph") return;
  const [code, ...rest] = paragraph.children;
  if (code?.type !== "inlineCode" || !isClaim(code.value)) return readPlainClaim(reading, item);
  reading.claimed.add(code);

  const { section, claimsIn } = reading;
  const location = place(reading, item);
  const name = claimName.exec(code.value)?.[1];
  const text = rest
    .map((part) => textOf(reading, part))
    .join("")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (name === undefined || text === "") {
    const message = `cannot read the claim \`${code.value}\``;
    reading.findings.push({ location, message, hint: claimHint });
    return;
  }
  if (claimsIn === undefined) {
    const hint = "name the section of the claims under `claims` in the profile";
    reading.findings.push({ location, message: `claim "${name}" of a guide that makes none`, hint });
    return;
  }
  if (section === undefined || !`${section.number}.`.startsWith(`${claimsIn}.`)) {
    const hint = `claims belong in section ${claimsIn}`;
    reading.findings.push({ location, message: `claim "${name}" outside section ${claimsIn}`, hint });
    return;
  }
  const id = `${section.number}/${name}`;
  const first = reading.ids.get(id);
  if (first !== undefined) {
    const hint = `the first is at ${formatLocation(first)}: give one of them another name`;
    reading.findings.push({ location, message: `duplicate id "${id}"`, hint });
  }
  reading.ids.set(id, location);
  reading.claims.push({ id, text, location });
}

/** What begins like a claim and is not written as code is none, and nobody would miss it. */
function readPlainClaim(reading: Reading, item: ListItem): void {
  const { section, claimsIn } = reading;
  const [word] = /^claim:\S*/i.exec(textOf(reading, item).trim()) ?? [];
  if (word === undefined || section === undefined || !`${section.number}.`.startsWith(`${claimsIn}.`)) return;
  const message = `cannot read the claim \`${word}\``;
  reading.findings.push({ location: place(reading, item), message, hint: claimHint });
}

function readStrayClaim(reading: Reading, code: InlineCode): void {
  if (!isClaim(code.value) || reading.claimed.has(code)) return;
  const hint = "a claim is a list item of its own that begins with this code";
  reading.findings.push({ location: place(reading, code), message: `a stray \`${code.value}\``, hint });
}
