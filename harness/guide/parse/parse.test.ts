import { describe, expect, test } from "vitest";
import { account } from "../plan/plan.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { parseGuide } from "./parse.ts";
import { profile } from "../../profile/testing.ts";
import { findingsOf } from "../testing.ts";

const parse = (...lines: string[]) => parseGuide(lines.join("\n"), "guide.md", profile);
const findings = (...lines: string[]) => findingsOf(() => parse(...lines));
const head = ["# Title", "## 1 First"];

describe("a valid guide", () => {
  const guide = parse(
    "# Three *machines*",
    "## 1 First",
    "### 1.2 Second",
    "```bash run id=say on=all",
    "echo {{machine.name}}",
    "",
    "echo",
    "```",
    "Prose between does not matter.",
    "```text output within=10s",
    "t{{word}}",
    "{{lines}}",
    "```",
    "1. In a list:",
    "   ~~~~ini file id=conf on=nodes path=/etc/a.conf",
    "   [a]",
    "     b",
    "   ~~~~",
    "> ```text skip reason=shown",
    "> {{anything}}",
    "> ```",
    "## 5 Claims",
    "### 5.1 Parts",
    "- `claim:balance` the proxy *balances*",
    "  over pods",
    "- no claim",
  );

  test("has its sections", () => {
    expect(guide.title).toBe("Three machines");
    expect(guide.sections).toEqual([
      { number: "1", title: "First", location: { file: "guide.md", line: 2, column: 1 } },
      { number: "1.2", title: "Second", location: { file: "guide.md", line: 3, column: 1 } },
      { number: "5", title: "Claims", location: { file: "guide.md", line: 22, column: 1 } },
      { number: "5.1", title: "Parts", location: { file: "guide.md", line: 23, column: 1 } },
    ]);
  });

  test("has its blocks", () => {
    expect(guide.blocks).toEqual([
      {
        kind: "run",
        language: "bash",
        id: "1.2/say",
        on: ["all"],
        section: "1.2",
        text: "echo {{machine.name}}\n\necho",
        location: { file: "guide.md", line: 4, column: 1 },
        endLine: 8,
      },
      {
        kind: "output",
        language: "text",
        of: "1.2/say",
        within: 10_000,
        section: "1.2",
        text: "t{{word}}\n{{lines}}",
        location: { file: "guide.md", line: 10, column: 1 },
        endLine: 13,
      },
      {
        kind: "file",
        language: "ini",
        id: "1.2/conf",
        on: ["nodes"],
        path: "/etc/a.conf",
        mode: 0o644,
        append: false,
        section: "1.2",
        text: "[a]\n  b",
        location: { file: "guide.md", line: 15, column: 4 },
        endLine: 18,
      },
      {
        kind: "skip",
        language: "text",
        reason: "shown",
        section: "1.2",
        text: "{{anything}}",
        location: { file: "guide.md", line: 19, column: 3 },
        endLine: 21,
      },
    ]);
    expect(account(guide.blocks)).toMatchObject({ run: 1, file: 1, output: 1, skip: 1, total: 4 });
  });

  test("has its claims", () => {
    expect(guide.claims).toEqual([
      {
        id: "5.1/balance",
        text: "the proxy balances over pods",
        location: { file: "guide.md", line: 24, column: 1 },
      },
    ]);
  });

  test("does not depend on the editor's line ends", () => {
    const lines = [...head, "```bash run id=a on=t71", "one", "two", "```"];
    expect(parseGuide(`\uFEFF${lines.join("\r\n")}`, "guide.md", profile)).toEqual(parse(...lines));
  });
});

const run = ["```bash run id=a on=t71", "true", "```"];
const file = ["```text file id=f on=t71 path=/f", "x", "```"];
const output = ["```text output", "x", "```"];
const tty = ["```bash run id=a on=t71 tty", "true", "```"];
const answers = (...lines: string[]) => ["```text answers", ...lines, "```"];
const skip = ["```text skip reason=shown", "x", "```"];

describe("a finding", () => {
  test.each<[string, string[], string[]]>([
    ["no directive", [...head, "```", "x", "```"], ["3:4 a fence without a directive"]],
    [
      "unknown directive",
      [...head, "", "- ```bash rum id=a on=t71", "  x", "  ```"],
      ['4:11 unknown directive "rum"'],
    ],
    ["unknown machine", [...head, "```bash run id=a on=t73", "x", "```"], ['3:18 unknown machine "t73"']],
    ["unclosed fence", [...head, "```bash run id=a on=t71", "x"], ["3:1 an unclosed fence"]],
    [
      "unclosed fence in a quote",
      [...head, "> ```bash run id=a on=t71", "> x", "", "y"],
      ["3:3 an unclosed fence"],
    ],
    [
      "fence closed by another marker",
      [...head, "````bash run id=a on=t71", "x", "```"],
      ["3:1 an unclosed fence"],
    ],
    ["indented code", [...head, "", "    ls"], ["4:1 an indented code block"]],
    ["output first", [...head, ...output], ["3:1 output without a command"]],
    ["output after output", [...head, ...run, ...output, ...output], ["9:1 output without a command"]],
    ["output after skip", [...head, ...run, ...skip, ...output], ["9:1 output without a command"]],
    ["output after a file", [...head, ...file, ...output], ["6:1 output after a file block"]],
    ["answers first", [...head, ...answers("a: =>")], ["3:1 answers without a command"]],
    ["answers after a file", [...head, ...file, ...answers("a: =>")], ["6:1 answers after a file block"]],
    [
      "answers after output",
      [...head, ...tty, ...output, ...answers("a: =>")],
      ["9:1 answers without a command"],
    ],
    [
      "answers after answers",
      [...head, ...tty, ...answers("a: =>"), ...answers("a: =>")],
      ["9:1 answers without a command"],
    ],
    [
      "answers without a terminal",
      [...head, ...run, ...answers("a: =>")],
      ["6:1 answers to a block without a terminal"],
    ],
    ["no answer", [...head, ...tty, ...answers(" ")], ["7:1 answers without an answer"]],
    [
      "answers that cannot be read",
      [...head, ...tty, ...answers("a: =>", "  sure?", "=> y", "a: =>y", "a => b => c")],
      ["8:3 cannot read an answer", "9:1 cannot read an answer", "10:1 cannot read an answer"],
    ],
    [
      "braces in answers",
      [...head, ...tty, ...answers("{{word}} {{machine.name}} {{lines}} => a {{word}}")],
      ['7:27 unknown wildcard "{{lines}}"', '7:42 unknown placeholder "{{word}}"'],
    ],
    [
      "path that escapes",
      [...head, "```x file id=f on=t71 path=/a/../../b", "```"],
      ["3:23 cannot read path=/a/../../b of file"],
    ],
    [
      "duplicate id",
      [...head, ...run, "```text file id=a on=t72 path=/a", "```"],
      ['6:1 duplicate id "1/a"'],
    ],
    [
      "run without a command",
      [...head, "```bash run id=a on=t71", " ", "```"],
      ["3:1 run without a command"],
    ],
    [
      "unknown placeholder",
      [...head, "```bash run id=a on=t71", "x", "y {{machine.ip}} {{machine.name}", "```"],
      ['5:3 unknown placeholder "{{machine.ip}}"', '5:18 unknown placeholder "{{machine.name"'],
    ],
    [
      "wildcard in a command",
      [...head, "```bash run id=a on=t71", "{{word}}", "```"],
      ['4:1 unknown placeholder "{{word}}"'],
    ],
    [
      "unknown wildcard",
      [...head, ...run, "> ```text output", "> {{date}}", "> ```"],
      ['7:3 unknown wildcard "{{date}}"'],
    ],
    [
      "lines within a line",
      [...head, ...run, "```text output", "a {{lines}}", "```"],
      ["7:3 {{lines}} within a line"],
    ],
    ["run outside a section", ["# Title", ...run], ["2:1 run outside a numbered section"]],
    ["run after the section", [...head, "## Appendix", ...run], ["4:1 run outside a numbered section"]],
    ["sections out of order", [...head, "## 3 C", "### 2.9 B"], ["4:1 section 2.9 after section 3"]],
    ["a section twice", [...head, "### 1.1 A", "### 1.1 B"], ["4:1 section 1.1 after section 1.1"]],
    ["numbers as text", [...head, "### 1.10 A", "### 1.9 B"], ["4:1 section 1.9 after section 1.10"]],
    ["no title", ["## 1 First"], ["1:1 a guide without a title"]],
    ["two titles", [...head, "# Again"], ["3:1 a second title"]],
    ["claim outside section 5", [...head, "- `claim:a` b"], ['3:1 claim "a" outside section 5']],
    ["claim without text", ["# T", "## 5 C", "- `claim:a`"], ["3:1 cannot read the claim `claim:a`"]],
    ["bad name of a claim", ["# T", "## 5 C", "- `claim:A b` c"], ["3:1 cannot read the claim `claim:A b`"]],
    ["claim twice", ["# T", "## 5 C", "- `claim:a` b", "- `claim:a` b"], ['4:1 duplicate id "5/a"']],
    ["claim without code", ["# T", "## 5 C", "- claim:foo b"], ["3:1 cannot read the claim `claim:foo`"]],
    ["claim in bold", ["# T", "## 5 C", "- **claim:foo** b"], ["3:1 cannot read the claim `claim:foo`"]],
    ["claim in capitals", ["# T", "## 5 C", "- `Claim:a` b"], ["3:1 cannot read the claim `Claim:a`"]],
    ["capital claim in prose", ["# T", "## 5 C", "As `Claim:a` says"], ["3:4 a stray `Claim:a`"]],
    ["no claim elsewhere", ["# T", "## 1 C", "- claim: what is said"], []],
    ["claim in prose", ["# T", "## 5 C", "As `claim:a` says"], ["3:4 a stray `claim:a`"]],
  ])("%s", (_, lines, expected) => {
    expect(findings(...lines)).toEqual(expected);
  });

  test("does not come alone: all are thrown together, in order, with hints", () => {
    const thrown = (() => {
      try {
        return parse("# T", "", "    x", "", "```bash rum id=a on=t71", "~~~", "```", "# T");
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(InvalidGuideError);
    expect(thrown).toMatchObject({
      verdict: "usage",
      message: expect.stringMatching(
        /^guide\.md:3:1: .*\n    \S.*\nguide\.md:5:9: .*\n    did you mean.*\nguide\.md:8:1: .*\n    \S.*$/,
      ),
    });
  });

  test("is not repeated for the output of a command that could not be read", () => {
    expect(findings(...head, "```bash rum", "```", ...output)).toEqual(['3:9 unknown directive "rum"']);
  });
});

describe("accepted", () => {
  test.each<[string, string[]]>([
    ["a divided section", [...head, "### Note", ...run]],
    ["1.10 after 1.9", [...head, "### 1.9 A", "### 1.10 B"]],
    ["a command that prints nothing", [...head, ...run, "```text output", "```"]],
    ["answers and what is printed", [...head, ...tty, ...answers("", "a: =>", "b? => c"), ...output]],
    ["an empty file", [...head, "```text file id=f on=t71 path=/f", "```"]],
  ])("%s", (_, lines) => {
    expect(findings(...lines)).toEqual([]);
  });
});
