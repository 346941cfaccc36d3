import type { Code, Heading, Html, InlineCode, ListItem, Nodes } from "mdast";
import { formatLocation, type SourceLocation } from "../../errors.ts";
import type { Profile } from "../../profile/profile.ts";
import { readBlock } from "./blocks.ts";
import { type Vocabulary, vocabularyOf } from "./hosts.ts";
import { InvalidGuideError, type Finding } from "../invalid-guide.ts";
import { readMarkdown, type Markdown } from "./markdown.ts";
import type { Block, Claim, Guide } from "../types.ts";

/** What has been read so far; one walk over the text fills it. */
type Reading = {
  readonly file: string;
  readonly markdown: Markdown;
  readonly words: Vocabulary;
  /** The section that holds the claims. */
  readonly claimsIn: string;
  readonly titles: string[];
  readonly sections: Guide["sections"][number][];
  readonly blocks: Block[];
  readonly claims: Claim[];
  /** Inline code of the list items that are claims. */
  readonly claimed: Set<Nodes>;
  readonly ids: Map<string, SourceLocation>;
  readonly findings: Finding[];
  /** The section that the walk is in, and its heading's level. */
  section: { readonly number: string; readonly depth: number } | undefined;
  previous: Block | "invalid" | undefined;
};

const numbered = /^(\d+(?:\.\d+)*)(?:\s+(.*))?$/s;
const claimName = /^claim:([a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * Parses the guide by docs/guide-grammar.md. Every code block becomes a block or a finding.
 * `file` is only the name in locations. Throws InvalidGuideError with all findings.
 */
export function parseGuide(
  text: string,
  file: string,
  { machines, claims }: Pick<Profile, "machines" | "claims">,
): Guide {
  const reading: Reading = {
    file,
    markdown: readMarkdown(text),
    words: vocabularyOf(machines),
    claimsIn: claims,
    titles: [],
    sections: [],
    blocks: [],
    claims: [],
    claimed: new Set(),
    ids: new Map(),
    findings: [],
    section: undefined,
    previous: undefined,
  };
  for (const top of reading.markdown.root.children) {
    if (top.type === "heading") readHeading(reading, top);
    for (const node of reading.markdown.walk(top)) readNode(reading, node);
  }
  const [title] = reading.titles;
  if (!title) {
    const hint = "begin the guide with `# What it installs`";
    reading.findings.push({
      location: { file, line: 1, column: 1 },
      message: "a guide without a title",
      hint,
    });
  }
  if (!title || reading.findings.length > 0) throw new InvalidGuideError(reading.findings);
  return {
    file,
    title,
    sections: reading.sections,
    blocks: reading.blocks,
    claims: reading.claims,
  };
}

function readNode(reading: Reading, node: Nodes): void {
  if (node.type === "code") readCode(reading, node);
  if (node.type === "html") readHtml(reading, node);
  if (node.type === "listItem") readClaim(reading, node);
  if (node.type === "inlineCode") readStrayClaim(reading, node);
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
  const [, number, title = ""] = numbered.exec(text) ?? [];
  if (number === undefined) {
    // A heading without a number divides its section, unless it stands at the section's own level or above.
    if (reading.section !== undefined && heading.depth <= reading.section.depth) reading.section = undefined;
    return;
  }
  const last = reading.sections.at(-1);
  if (last !== undefined && compareNumbers(number, last.number) <= 0) {
    const hint = `section ${last.number} is at ${formatLocation(last.location)}: numbers go up and occur once`;
    reading.findings.push({ location, message: `section ${number} after section ${last.number}`, hint });
  }
  reading.section = { number, depth: heading.depth };
  reading.sections.push({ number, title, location });
}

function compareNumbers(one: string, other: string): number {
  const [ours, theirs] = [one.split(".").map(Number), other.split(".").map(Number)];
  const length = Math.max(ours.length, theirs.length);
  return Array.from({ length }, (_, at) => (ours[at] ?? -1) - (theirs[at] ?? -1)).find((by) => by !== 0) ?? 0;
}

function readCode(reading: Reading, code: Code): void {
  const { file, words, ids, previous, section } = reading;
  const at = (line: number, column: number): SourceLocation => ({ file, line, column });
  const read = readBlock(reading.markdown.fence(code), {
    section: section?.number,
    previous,
    words,
    ids,
    at,
  });
  if ("findings" in read) {
    reading.findings.push(...read.findings);
    reading.previous = "invalid";
    return;
  }
  const { block } = read;
  reading.previous = block;
  reading.blocks.push(block);
  if ("id" in block) ids.set(block.id, block.location);
}

function readHtml(reading: Reading, html: Html): void {
  if (html.value.startsWith("<!--") || !/^\s*(?:```|~~~)/m.test(html.value)) return;
  const hint = "put an empty line before the fence, so that it is one";
  reading.findings.push({ location: place(reading, html), message: "a fence inside HTML", hint });
}

function readClaim(reading: Reading, item: ListItem): void {
  const [paragraph] = item.children;
  if (paragraph?.type !== "paragraph") return;
  const [code, ...rest] = paragraph.children;
  if (code?.type !== "inlineCode" || !code.value.startsWith("claim:")) return;
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
    const hint =
      "write - `claim:NAME` and then the claim, in words; NAME of small letters, digits and hyphens";
    reading.findings.push({ location, message: `cannot read the claim \`${code.value}\``, hint });
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

function readStrayClaim(reading: Reading, code: InlineCode): void {
  if (!code.value.startsWith("claim:") || reading.claimed.has(code)) return;
  const hint = "a claim is a list item of its own that begins with this code";
  reading.findings.push({ location: place(reading, code), message: `a stray \`${code.value}\``, hint });
}
