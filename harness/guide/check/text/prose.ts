import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SourceLocation } from "../../../errors.ts";
import { suggest } from "../../../input/suggest.ts";
import { readMarkdown } from "../../parse/markdown.ts";
import type { Fault, Subject } from "../finding.ts";
import { wildcards } from "../../parse/braces.ts";
import { vocabularyOf } from "../../parse/hosts.ts";

/** Links, cross references and placeholders in the guide's text, outside its blocks. */
export function* prose({ plan, text, ports, machines }: Subject): Iterable<Fault> {
  const allowedPlaceholders = [...vocabularyOf(machines).placeholders, ...wildcards];
  const { guide } = plan;
  const numbers = new Set(guide.sections.map(({ number }) => number));
  const { root, lines, walk } = readMarkdown(text);
  const place = (line: number, column: number): SourceLocation => ({ file: guide.file, line, column });
  const anchors = new Set<string>();
  for (const node of root.children) {
    if (node.type === "heading")
      anchors.add(slug([...walk(node)].map((part) => ("value" in part ? part.value : "")).join("")));
  }
  for (const node of walk(root)) {
    const { line = 1, column = 1 } = node.position?.start ?? {};
    if (node.type === "link" || node.type === "image" || node.type === "definition") {
      yield* checkLink(node.url, place(line, column), anchors);
    }
    if (node.type === "inlineCode" || node.type === "text") {
      for (const { 0: written, index } of node.value.matchAll(/\{\{([^{}]*)\}\}/g)) {
        if (allowedPlaceholders.some((name) => written === `{{${name}}}`)) continue;
        const hint = suggest(written.slice(2, -2), allowedPlaceholders);
        const shift = node.type === "inlineCode" ? 1 : 0;
        const at = place(line, column + shift + index);
        yield { rule: "text/placeholder", at, message: `unknown placeholder "${written}"`, hint };
      }
    }
    if (node.type !== "paragraph") continue;
    const end = node.position?.end.line ?? line;
    for (let at = line; at <= end; at++) {
      for (const { number, index } of references(lines[at - 1] ?? "")) {
        if (numbers.has(number)) continue;
        const hint = suggest(
          number,
          [...numbers].filter((other) => other.split(".")[0] === number.split(".")[0]),
        );
        yield {
          rule: "links/section",
          at: place(at, index + 1),
          message: `there is no section ${number}`,
          hint,
        };
      }
    }
  }
  yield* emptySections(plan, ports);
}

/** How GitHub makes an anchor of a heading. */
const slug = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

/** Numbers of sections as the guide writes them: `section 4`, `through 1, 3.1 to 3.3`, `of 2.6.2.1`; versions have zeros. */
function references(line: string): { readonly number: string; readonly index: number }[] {
  const plain = line.replaceAll(/`[^`]*`/g, (code) => " ".repeat(code.length));
  const number = String.raw`\d(?:\.\d+){0,3}`;
  const list = String.raw`${number}(?:(?:, | and | to | or )${number})*`;
  const introduced = new RegExp(
    String.raw`\b(?:[Ss]ections? |(?:of|in|than|from|through) (?=[\d, ]*\d\.\d))(${list})(?![\d%/-]|\.\d)`,
    "g",
  );
  return [...plain.matchAll(introduced)].flatMap((match) => {
    const [whole, found = ""] = match;
    const start = match.index + whole.length - found.length;
    const numbers = [...found.matchAll(new RegExp(number, "g"))].filter(([text]) => !/\.0/.test(text));
    return numbers.map(({ 0: text, index }) => ({
      number: text,
      index: start + index,
    }));
  });
}

function* checkLink(url: string, at: SourceLocation, anchors: ReadonlySet<string>): Iterable<Fault> {
  if (/^(?:https?|ftp):/i.test(url)) {
    const parsed = URL.parse(url);
    if (parsed === null || !/^[\w-]+(?:\.[\w-]+)+$/.test(parsed.hostname)) {
      const hint = "write https://host.example/path";
      yield { rule: "links/url", at, message: `"${url}" is no address of the web`, hint };
    }
    return;
  }
  if (/^[a-z][a-z+.-]*:/i.test(url)) return;
  const [path = "", anchor] = url.split("#");
  if (path !== "" && !existsSync(join(dirname(at.file), decodeURI(path)))) {
    const hint = "a path is relative to the guide's own folder";
    yield { rule: "links/relative", at, message: `there is no ${path}`, hint };
  }
  if (path === "" && anchor !== undefined && !anchors.has(decodeURI(anchor))) {
    yield {
      rule: "links/relative",
      at,
      message: `no heading has the anchor #${anchor}`,
      hint: suggest(anchor, [...anchors]),
    };
  }
}

/** Sections without a block: prose that nothing proves. What a port drops belongs to another system. */
function* emptySections(
  { guide, dropped, groups }: Subject["plan"],
  ports: readonly string[],
): Iterable<Fault> {
  if (groups.length === 0) {
    const hint = "write its commands and files as blocks: docs/guide-grammar.md";
    yield {
      rule: "guide/empty",
      at: { file: guide.file, line: 1, column: 1 },
      message: "a guide without a step",
      hint,
    };
  }
  const elsewhere = dropped.filter(({ by }) => ports.includes(by)).map(({ id }) => id.split("/")[0]);
  const filled = new Set([
    ...guide.blocks.map(({ section }) => section),
    ...guide.claims.map(({ id }) => id.split("/")[0]),
    ...elsewhere,
  ]);
  for (const { number, title, location } of guide.sections) {
    const divided = guide.sections.some((other) => other.number.startsWith(`${number}.`));
    if (divided || filled.has(number)) continue;
    const message = `section ${number} ${title} has no block`;
    yield { rule: "guide/empty-section", at: location, message, hint: "write its commands, or leave it out" };
  }
}
