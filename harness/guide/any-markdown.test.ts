import * as fc from "fast-check";
import { expect, test } from "vitest";
import { account } from "./plan/plan.ts";
import { InvalidGuideError } from "./invalid-guide.ts";
import { profile } from "../profile/testing.ts";
import { readMarkdown } from "./parse/markdown.ts";
import { parseGuide } from "./parse/parse.ts";

/** Markdown of all sorts: lines that mean something to the parser, mixed with any text. */
const anyLine = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "# T",
    "## 1 A",
    "### 1.1 B",
    "## 5 C",
    "",
    "```",
    "~~~",
    "````",
    "    x",
    "> ",
    "- ",
    "- `claim:a` b",
    "```bash run id=a on=t71",
    "```bash run id=b on=nodes tty",
    "```text answers",
    "Password: => {{machine.name}}",
    "```text output",
    "```text file id=f on=all path=/f mode=0600",
    "```text skip reason=r",
    "> ```text output",
    "- ```bash run id=c on=t71",
    "{{machine.name}}",
    "{{lines}}",
    "<div>",
    "<!--",
  ),
);

/** What is wrong with how a text was read; empty if every code block counts or findings say why not. */
function doubts(text: string): string[] {
  const { root, walk } = readMarkdown(text);
  const codes = [...walk(root)].filter(({ type }) => type === "code").length;
  const lines = text.split(/\r\n?|\n/).length;
  try {
    const { total, ...kinds } = account(parseGuide(text, "guide.md", profile).blocks);
    const sum = Object.values(kinds).reduce((all, count) => all + count, 0);
    return total === codes && sum === total ? [] : [`${codes} code blocks, ${total} blocks of ${sum}`];
  } catch (thrown) {
    if (!(thrown instanceof InvalidGuideError)) throw thrown;
    if (thrown.findings.length === 0) return ["an error without a finding"];
    return thrown.findings
      .filter(({ location, hint }) => location.line < 1 || location.line > lines || hint === "")
      .map(({ message }) => message);
  }
}

test("any Markdown is a guide whose code blocks all count, or an InvalidGuideError with findings in it", () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 40 }), (lines) => {
      expect(doubts(lines.join("\n"))).toEqual([]);
    }),
    { numRuns: 400 },
  );
});
