import { describe, expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import { type Printed, updateOutputs } from "./update.ts";

const reading = { file: "guide.md", profile, hidden: "[redacted]", hide: (text: string) => text };

const update = (text: string, printed: Record<string, Printed | string>) =>
  updateOutputs(text, reading, ({ of }) => {
    const known = printed[of] ?? { left: "nobody ran it" };
    return typeof known === "string" ? { printed: [known] } : known;
  });

const guide = `# Guide

## 1 One

Prose stays.

\`\`\`bash run id=a on=t71
a
\`\`\`

\`\`\`text output
old
\`\`\`

\`\`\`bash run id=b on=t71
b
\`\`\`

\`\`\`text output within=5s
up {{age}}
\`\`\`
`;

test("only what is printed otherwise is written, and all else stays to the letter", () => {
  const { text, blocks } = update(guide, { "1/a": "new\nand newer\n", "1/b": "up   5s\n" });
  expect(text).toBe(guide.replace("old", "new\nand newer"));
  expect(blocks).toMatchObject([
    { block: { of: "1/a" }, text: "new\nand newer" },
    { block: { of: "1/b" }, text: "up {{age}}" },
  ]);
});

test("what nobody knows stays, with the reason", () => {
  const { text, blocks } = update(guide, { "1/b": "up 5s" });
  expect(text).toBe(guide);
  expect(blocks[0]).toMatchObject({ left: "nobody ran it", text: "old" });
});

test("two blocks are rewritten at once, one shorter and one longer", () => {
  const { text } = update(guide, { "1/a": "", "1/b": "down\ndown\n" });
  expect(text).toBe(guide.replace("old\n", "").replace("up {{age}}", "down\ndown"));
});

describe("a fence", () => {
  const inItem = `# Guide

## 1 One

- First:
  \`\`\`bash run id=a on=t71
  a
  \`\`\`

  \`\`\`text output
  old
  \`\`\`
`;
  test("in a list stays in the list, in a quote in the quote, and lines end as they did", () => {
    expect(update(inItem, { "1/a": "one\n\n  two\n" }).text).toBe(
      inItem.replace("  old\n", "  one\n\n    two\n"),
    );
    const quoted = inItem.replace("- First:\n", "").replaceAll(/^ {2}|^(?=\n)/gm, "> ");
    expect(update(quoted, { "1/a": "one\ntwo\n" }).text).toBe(quoted.replace("> old\n", "> one\n> two\n"));
    const crlf = guide.replaceAll("\n", "\r\n");
    expect(update(crlf, { "1/a": "one\ntwo\n" }).text).toBe(crlf.replace("old", "one\r\ntwo"));
  });

  test("that cannot hold what is printed is left", () => {
    const { text, blocks } = update(guide, { "1/a": "```\nend", "1/b": "up 5s" });
    expect(text).toBe(guide);
    expect(blocks[0]?.left).toBe("what is printed cannot be written in the fence that stands there");
  });
});
