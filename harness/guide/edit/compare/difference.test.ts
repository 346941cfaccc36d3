import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChanges } from "../changes.ts";
import { differenceOf, replacements } from "./difference.ts";
import { applyEdits, unedited } from "../edit.ts";
import { parseGuide } from "../../parse/parse.ts";
import { profile } from "../../../profile/testing.ts";
import { findingsOf } from "../../testing.ts";
import type { Block, Guide } from "../../types.ts";
import { stringify } from "yaml";
import { z } from "zod";

const guide = `# Title

## 1 One

\`\`\`bash run id=first on=t71
mkdir /a
cd /a
\`\`\`

\`\`\`bash run id=second on=nodes
echo one
echo two
echo one
\`\`\`

\`\`\`text output
one
two
one
\`\`\`

## 2 Two

\`\`\`ini file id=settings on=t71 path=/a/settings
x=1
\`\`\`

\`\`\`bash run id=ask on=t71 tty
read -p 'a? ' a
\`\`\`

\`\`\`text answers
a? => b
\`\`\`
`;
const parse = (text: string): Guide => parseGuide(text, "guide.md", profile);
const differ = (text: string) =>
  differenceOf(parse(guide), parse(text), ({ location, endLine }: Block) =>
    text.split("\n").slice(location.line - 1, endLine),
  );
/** The blocks without their places. */
const essence = ({ blocks }: Guide) =>
  blocks.map((block) =>
    Object.fromEntries(Object.entries(block).filter(([key]) => !/location|endLine|pieces/.test(key))),
  );
const step = (id: string, text: string): string => `\`\`\`bash run id=${id} on=t71\n${text}\n\`\`\`\n`;
const document = (ids: readonly string[], body: string): string =>
  `# Title\n\n## 1 One\n\n${["z", ...ids].map((id) => step(id, body)).join("\n")}`;

test.each<[string, [string, string][], unknown[]]>([
  [
    "a line",
    [["mkdir /a", "mkdir -p /a"]],
    [{ step: "1/first", find: "mkdir /a\n", replace: "mkdir -p /a\n" }],
  ],
  [
    "a line that is there twice",
    [["two\necho one\n```", "two\necho three\n```"]],
    [{ step: "1/second", find: "echo two\necho one\n", replace: "echo two\necho three\n" }],
  ],
  ["the machines", [["on=nodes", "on=t72"]], [{ step: "1/second", on: "t72" }]],
  [
    "an output",
    [["two\none\n```\n\n## 2", "two\n```\n\n## 2"]],
    [{ step: "1/second", output: true, find: "two\none\n", replace: "two\n" }],
  ],
  [
    "a step that goes",
    [["```bash run id=first on=t71\nmkdir /a\ncd /a\n```\n\n", ""]],
    [{ step: "1/first", drop: true }],
  ],
  [
    "a step that comes",
    [["\n## 2 Two\n", "\n```bash run id=third on=t71\ntrue\n```\n\n## 2 Two\n"]],
    [{ after: "1/second", insert: "```bash run id=third on=t71\ntrue\n```\n" }],
  ],
  [
    "an answer",
    [["=> b", "=> c"]],
    [{ step: "2/ask", answers: true, find: "a? => b\n", replace: "a? => c\n" }],
  ],
  [
    "a step that comes with its answers",
    [
      [
        "\n```bash run id=ask",
        "\n```bash run id=new on=t71 tty\nls\n```\n\n```text answers\nx =>\n```\n\n```bash run id=ask",
      ],
    ],
    [
      {
        after: "2/settings",
        insert: "```bash run id=new on=t71 tty\nls\n```\n\n```text answers\nx =>\n```\n",
      },
    ],
  ],
  ["prose", [["## 2 Two", "## 2 Two\n\nMore words."]], []],
  ["order of keys", [["id=settings on=t71 path=/a/settings", "path=/a/settings on=t71 id=settings"]], []],
])("%s", (_, edits, changes) => {
  const text = edits.reduce((all, [find, replace]) => all.replace(find, replace), guide);
  expect(text).not.toBe(guide);
  expect(differ(text)).toEqual(changes);
});

test.each([
  [
    "path=/a/settings",
    "path=/a/others",
    "24:1 2/settings differs in section, or in what its fence says beside its machines",
  ],
  [
    "=/a/settings",
    "=/a/settings literal",
    "24:1 2/settings differs in section, or in what its fence says beside its machines",
  ],
  ["\n```text answers\na? => b\n```\n", "", "28:1 answers of 2/ask are added or removed"],
  ["```text output", "```text output within=60s", "16:1 the output of 1/second is added, removed or waits"],
])("what no change can express is refused with its place: %s", (find, replace, finding) => {
  expect(findingsOf(() => differ(guide.replace(find, replace)))).toEqual([finding]);
});

describe("changes lead to the other guide", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "a b"), { minLength: 1, maxLength: 8 });

  test("whatever the texts", () => {
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        const [before, after] = [one.join("\n"), other.join("\n")];
        let text = `${before}\n`;
        for (const { find, replace } of replacements(before, after)) {
          expect(text.split(find).length, "it occurs once").toBe(2);
          text = text.replace(find, () => replace);
        }
        expect(text).toBe(`${after}\n`);
      }),
    );
  });

  test("whatever the order of its steps", () => {
    const steps = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1 });
    fc.assert(
      fc.property(steps, steps, lines, (one, other, text) => {
        const source = document(other, text.join("\n"));
        const [from, to] = [parse(document(one, "a\nb")), parse(source)];
        const changes = differenceOf(from, to, ({ location, endLine }) =>
          source.split("\n").slice(location.line - 1, endLine),
        );
        const yaml = stringify({
          changes: changes.map((change) => Object.assign({ reason: "a test" }, change)),
        });
        const edits = { id: "test", changes: parseChanges(yaml, "test.yaml", z.object({})).changes };
        expect(essence(applyEdits(unedited(from), edits, profile).guide)).toEqual(essence(to));
      }),
    );
  });
});
