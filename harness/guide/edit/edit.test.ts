import { describe, expect, test } from "vitest";
import { unedited, type EditedGuide } from "./edit.ts";
import { findingsOf } from "../testing.ts";
import { edit, guide, textOf } from "./testing.ts";

const findings = (yaml: string): string[] => findingsOf(() => edit(yaml));
const hints = (yaml: string): unknown => {
  try {
    return edit(yaml);
  } catch (error) {
    return String(error);
  }
};
const names = ({ guide: { blocks } }: EditedGuide): string[] =>
  blocks.map((block) =>
    "id" in block ? block.id : block.kind === "output" ? `output of ${block.of}` : block.kind,
  );

const replaced = (change: string) => textOf(edit(`- { reason: r, step: 2/conf, ${change} }`), "2/conf");

describe("a change", () => {
  test("replaces text within a line", () => {
    const edited = edit("- { reason: typo, step: 1/show, find: enable, replace: enabel }");
    expect(textOf(edited, "1/show")).toBe("systemctl enabel etcd\nsystemctl start etcd --now");
    expect(edited.changedBy.get("1/show")).toEqual([{ id: "port", reason: "typo" }]);
    expect(textOf(unedited(guide), "1/show")).toContain("enable etcd");
  });

  test("replaces whole lines, the last one too", () => {
    const edited = edit(`- reason: shorter
  step: 2/conf
  find: |
    b=12
  replace: |
    c=$1
    d=$&
`);
    expect(textOf(edited, "2/conf")).toBe("[aaa]\nb=1\nc=$1\nd=$&");
    expect(replaced('find: "b=12\\n", replace: ""')).toBe("[aaa]\nb=1");
    expect(replaced('find: "2", replace: "3\\n\\n"')).toBe("[aaa]\nb=1\nb=13\n\n");
  });

  test("replaces text of the output that follows", () => {
    const edited = edit("- { reason: r, step: 1/show, output: true, find: active, replace: '{{word}}' }");
    expect(edited.guide.blocks[1]).toMatchObject({ kind: "output", text: "etcd is {{word}}" });
    expect(edited.changedBy.get("1/show")).toHaveLength(1);
  });

  test("drops a step with its output, and says so", () => {
    const edited = edit("- { reason: no systemd, step: 1/show, drop: true }");
    expect(names(edited)).toEqual(["2/conf", "2/last"]);
    expect(edited.dropped).toEqual([
      { id: "1/show", by: "port", reason: "no systemd" },
      { id: "1/show (output)", by: "port", reason: "no systemd" },
    ]);
  });

  test("changes and drops the answers that follow, too", () => {
    const asking = edit(`- reason: r
  after: 1/show
  insert: |
    \`\`\`bash run id=ask on=t71 tty
    read -p 'a? ' a
    \`\`\`
    \`\`\`text answers
    a? => b
    \`\`\`
    \`\`\`text output
    a? b
    \`\`\`
`);
    const answered = "- { reason: r, step: 1/ask, answers: true, find: '=> b', replace: '=> c' }";
    expect(edit(answered, asking).guide.blocks[3]).toMatchObject({ kind: "answers", text: "a? => c" });
    const dropped = edit("- { reason: r, step: 1/ask, drop: true }", asking);
    expect(names(dropped)).toEqual(names(unedited(guide)));
    expect(dropped.dropped.map(({ id }) => id)).toEqual(["1/ask", "1/ask (answers)", "1/ask (output)"]);
    const after = edit(
      `- { reason: r, after: 1/ask, insert: "\`\`\`bash run id=next on=t71\\ntrue\\n\`\`\`\\n" }`,
      asking,
    );
    expect(names(after).slice(2, 6)).toEqual(["1/ask", "answers", "output of 1/ask", "1/next"]);
    const unread = "- { reason: r, step: 1/ask, answers: true, find: '=> b', replace: '' }";
    expect(findingsOf(() => edit(unread, asking))).toEqual(["2:58 cannot read an answer"]);
  });

  test("moves a step to other machines", () => {
    const edited = edit("- { reason: r, step: 2/last, on: 't71,t72' }");
    expect(edited.guide.blocks.at(-1)).toMatchObject({ id: "2/last", on: ["t71", "t72"], text: "true" });
  });

  test("inserts fences before a step and after its output, in its section and at their place in the YAML", () => {
    const edited = edit(`- reason: r
  after: 1/show
  insert: |

    \`\`\`bash run id=more on=t71
    more
    \`\`\`
    \`\`\`text output
    x
    \`\`\`
- { reason: r, before: 1/show, insert: "\`\`\`text skip reason=first\\n\`\`\`" }
`);
    expect(names(edited)).toEqual([
      "skip",
      "1/show",
      "output of 1/show",
      "1/more",
      "output of 1/more",
      "2/conf",
      "2/last",
    ]);
    expect(edited.guide.blocks[3]).toMatchObject({
      section: "1",
      location: { file: "port.yaml", line: 6, column: 5 },
      endLine: 8,
    });
    expect(edited.guide.blocks[0]).toMatchObject({ location: { file: "port.yaml", line: 12, column: 40 } });
    expect(edited.changedBy.get("1/more")).toEqual([{ id: "port", reason: "r" }]);
  });

  test("builds on the changes before it", () => {
    const edited = edit(`- { reason: one, step: 2/conf, find: b=12, replace: c=3 }
- { reason: two, step: 2/conf, find: c=3, replace: c=4 }
- { reason: three, step: 2/last, drop: true }
- { reason: four, after: 2/conf, insert: "\`\`\`bash run id=last on=t71\\nfalse\\n\`\`\`" }
`);
    expect(textOf(edited, "2/conf")).toBe("[aaa]\nb=1\nc=4");
    expect(edited.changedBy.get("2/conf")).toEqual([
      { id: "port", reason: "one" },
      { id: "port", reason: "two" },
    ]);
    expect(textOf(edited, "2/last")).toBe("false");
  });
});

describe("a finding", () => {
  test.each<[string, string, string[]]>([
    [
      "text not there",
      "- { reason: r, step: 1/show, find: disable, replace: x }",
      ["2:30 1/show does not contain the text"],
    ],
    [
      "text twice",
      "- { reason: r, step: 2/conf, find: b=1, replace: x }",
      ["2:30 2/conf contains the text 2 times"],
    ],
    [
      "text that overlaps itself",
      "- { reason: r, step: 2/conf, find: aa, replace: x }",
      ["2:30 2/conf contains the text 2 times"],
    ],
    ["unknown step", "- { reason: r, step: 1/shaw, find: x, replace: y }", ['2:16 no step "1/shaw"']],
    ["unknown place", "- { reason: r, after: 9/x, insert: x }", ['2:16 no step "9/x"']],
    [
      "no output",
      "- { reason: r, step: 2/last, output: true, find: x, replace: y }",
      ["2:30 2/last has no output"],
    ],
    ["unknown machine", "- { reason: r, step: 2/last, on: 't71,t73' }", ['2:30 unknown machine "t73"']],
    [
      "new unknown placeholder",
      "- { reason: r, step: 2/last, find: 'true', replace: '{{ip}}' }",
      ['2:44 unknown placeholder "{{ip}}"'],
    ],
    [
      "nothing left to run",
      "- { reason: r, step: 2/last, find: 'true', replace: '' }",
      ["2:44 run without a command"],
    ],
    [
      "bad fence",
      "- reason: r\n  after: 2/last\n  insert: |\n    ```bash rum\n    ```",
      ['5:13 unknown directive "rum"'],
    ],
    [
      "text beside fences",
      "- reason: r\n  after: 2/last\n  insert: |\n    Prose.",
      ["5:5 text outside a fence"],
    ],
    [
      "taken id",
      "- reason: r\n  after: 2/last\n  insert: |\n    ```bash run id=conf on=all\n    x\n    ```",
      ['5:5 duplicate id "2/conf"'],
    ],
    [
      "an id twice in the fences",
      "- reason: r\n  after: 2/last\n  insert: |\n    ```bash run id=n on=all\n    x\n    ```\n    ```bash run id=n on=all\n    x\n    ```",
      ['8:5 duplicate id "2/n"'],
    ],
    [
      "output after a file",
      "- reason: r\n  after: 2/conf\n  insert: |\n    ```text output\n    ```",
      ["5:5 output after a file block"],
    ],
    [
      "second output",
      "- reason: r\n  after: 1/show\n  insert: |\n    ```text output\n    ```",
      ["5:5 output without a command"],
    ],
    [
      "unclosed fence",
      "- reason: r\n  after: 2/last\n  insert: |\n    ```bash run id=n on=all",
      ["5:5 an unclosed fence"],
    ],
    ["no change", "- { reason: r, step: 2/last }", ["2:3 a change that changes nothing"]],
    [
      "no reason",
      "- { step: 2/last, drop: true }",
      ["2:3 reason: Invalid input: expected string, received undefined"],
    ],
    ["empty reason", "- { reason: '', step: 2/last, drop: true }", ["2:5 reason: is empty"]],
    [
      "drop: false",
      "- { reason: r, step: 2/last, drop: false }",
      ["2:30 drop: Invalid input: expected true"],
    ],
    ["two kinds at once", "- { reason: r, step: 2/last, drop: true, on: t71 }", ['2:42 unknown key "on"']],
    [
      "unknown key",
      "- { reason: r, step: 2/last, find: 'true', replace: x, al: 1 }",
      ['2:56 unknown key "al"'],
    ],
    ["a list as a key", "- { ? [reason] : r }", ["2:7 With stringKeys, all keys must be strings"]],
    ["an alias", "- { reason: &r r, step: *r }", ['2:25 an alias "*r"']],
    ["bad YAML", "- { reason: r, reason: s }", ["2:16 the key is written twice"]],
  ])("%s", (_, yaml, expected) => {
    expect(findings(yaml)).toEqual(expected);
  });

  test("comes with all others of the file, and a change that fits does not hide one that does not", () => {
    const yaml = `- { reason: r, step: 1/show, find: disable, replace: x }
- { reason: r, step: 1/show, find: enable, replace: x }
- { reason: r, step: 1/none, drop: true }`;
    expect(findings(yaml)).toEqual(["2:30 1/show does not contain the text", '4:16 no step "1/none"']);
  });

  test("hints at what was meant", () => {
    expect(hints("- { reason: r, step: 1/shwo, drop: true }")).toContain('did you mean "1/show"?');
    expect(hints("- { reason: r, step: 1/show, find: systemctl enabel etcd, replace: x }")).toContain(
      "the closest line of the block at guide.md:3:1 is `systemctl enable etcd`",
    );
    expect(hints("- { reason: r, step: 1/show, find: enabel, replace: x }")).toContain(
      "is `systemctl enable etcd`",
    );
    expect(hints("- { reason: r, step: 1/show, find: etcd --no, replace: x }")).not.toContain("closest");
    expect(hints('- { reason: r, step: 2/conf, find: "b=1\\n[aaa]", replace: x }')).toContain(
      "not one after the other",
    );
    expect(hints("- { reason: r, step: 2/conf, find: qqqqqqqqqqqq, replace: x }")).toContain(
      "`qqqqqqqqqqqq` is not in",
    );
    expect(
      hints(
        "- { reason: gone, step: 2/last, drop: true }\n- { reason: r, step: 2/last, find: x, replace: y }",
      ),
    ).toContain("port dropped it: gone");
  });
});
