import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { account } from "../plan/plan.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { profile } from "../../profile/testing.ts";
import { parseGuide, readGuide } from "./parse.ts";
import { guide, tryMutants } from "./testing.ts";

const read = (...lines: string[]) => readGuide(lines.join("\n"), "guide.md", profile);
const said = (...lines: string[]) =>
  read(...lines).findings.map(
    ({ location, message }) => `${location.line}:${location.column ?? 0} ${message}`,
  );
const hints = (...lines: string[]) => read(...lines).findings.map(({ hint }) => hint);
const head = ["# Title", "## 1 First"];
const fence = ["```bash run id=a on=t71", "true", "```"];
const indented = (lines: readonly string[], by = "    ") => lines.map((line) => by + line);
const tooFar = "a fence that Markdown takes for text: it is indented too far";

describe("a fence that is no block is found at its marker", () => {
  test.each<[string, string[], string[]]>([
    ["under a paragraph", ["Write the script:", ...indented(fence)], [`4:5 ${tooFar}`]],
    ["after an empty line", ["", ...indented(fence)], [`4:5 ${tooFar}`]],
    ["deep in a list", ["1. A", "", "   text", ...indented(fence, "       ")], [`6:8 ${tooFar}`]],
    ["by a tab", ["Text", ...indented(fence, "\t")], [`4:2 ${tooFar}`]],
    ["by a no-break space", ["", ...indented(fence, "\u00A0")], [`4:2 ${tooFar}`]],
    ["in an admonition", ["!!! note", ...indented(fence)], [`4:5 ${tooFar}`]],
    ["in HTML", ["<div>", ...fence, "</div>"], ["4:1 a fence inside HTML"]],
    [
      "in details, closed",
      ["<details>", ...indented(fence, "  "), "</details>"],
      ["4:3 a fence inside HTML"],
    ],
    ["as <pre>", ["<pre>", "ls", "</pre>"], ["3:1 a <pre> of HTML, which is no block"]],
    ["as <pre> in text", ["Type <pre>ls</pre>."], ["3:6 a <pre> of HTML, which is no block"]],
    ["in a comment", ["<!--", "", ...fence, "", "-->"], ["5:1 a fence inside HTML"]],
    ["in a line of text", ["Write ```bash run id=a on=t71"], ["3:7 a fence marker within text"]],
    ["escaped", ["\\```bash run id=a on=t71"], ["3:2 a fence marker within text"]],
    ["in a table", ["| a |", "|---|", "| ```bash run id=a on=t71 |"], ["5:3 a fence marker within text"]],
    ["in inline code", ["Begin with ```` ``` ````."], ["3:12 a fence marker within text"]],
    ["of tildes", ["Text", "    ~~~bash run id=a on=t71", "    ~~~"], [`4:5 ${tooFar}`]],
    ["without its marker", ["bash run id=a on=t71"], ["3:5 a directive that is no block"]],
    ["with two backticks", ["``bash run id=a on=t71", "true", "``"], ["3:7 a directive that is no block"]],
    ["with typographic quotes", ["‘‘‘bash run id=a on=t71"], ["3:8 a directive that is no block"]],
    [
      "in a block that was not ended",
      ["```bash run id=b on=t71", "true", "", "Then:", "", ...fence],
      ["8:1 a fence inside a block"],
    ],
    [
      "in a block of another marker",
      ["~~~bash run id=b on=t71", "true", ...fence, "~~~"],
      ["5:1 a fence inside a block"],
    ],
    [
      "whose end is indented",
      ["```bash run id=b on=t71", "true", "    ```", "", ...fence],
      ["5:5 a fence inside a block", "7:1 a fence inside a block"],
    ],
  ])("%s", (_, lines, expected) => {
    expect(said(...head, ...lines)).toEqual(expected);
  });

  test("three written, one read: the other two are found", () => {
    const { blocks, findings } = read(
      ...head,
      ...fence,
      "Write the script:",
      ...indented(["```bash run id=lost on=t71", "echo", "```"]),
      "",
      "1. And in a list:",
      "",
      "    text",
      ...indented(["```bash run id=lost-too on=t71", "echo", "```"], "        "),
    );
    expect([blocks.length, findings.length]).toEqual([1, 2]);
    expect(findings.every(({ hint }) => hint.includes("indent it as the text around it is"))).toBe(true);
  });

  test.each<[string, string[]]>([
    ["in a list, by a tab", ["1. First", "", ...indented(fence, "\t")]],
    ["nested in a list", ["1. First", "   - nested", ...indented(fence, "     ")]],
    ["in a fenced admonition", [":::note", ...fence, ":::"]],
    ["a fence shown in a longer one", ["````md skip reason=r", "```", "x", "```", "````"]],
    ["tildes in text", ["This is ~~~so~~~ wrong; `run` and `skip` are words"]],
  ])("it is read: %s", (_, lines) => {
    expect(said(...head, ...lines)).toEqual([]);
  });
});

test("a here-document in a list ends where its own indentation is", () => {
  const lines = ["```bash run id=a on=t71", "cat > /root/x <<EOF", "[Unit]", "EOF", "```"];
  const { blocks, findings } = read(...head, "1. First", "", ...indented(lines, "\t"), "", "2. Second");
  expect(findings).toEqual([]);
  expect(blocks[0]).toMatchObject({ text: "cat > /root/x <<EOF\n[Unit]\nEOF" });
});

const block = (...commands: string[]) => [...head, "```bash run id=a on=t71", ...commands, "```"];

describe("a run block holds commands", () => {
  test("comments alone are none", () => {
    const lines = block("# mkdir /root/made", "", "#systemctl daemon-reload");
    expect(said(...lines)).toEqual(["4:1 run without a command: comments alone"]);
    expect(hints(...lines)[0]).toContain("`mkdir /root/made`, `systemctl daemon-reload`");
  });

  test.each([
    ["[root@t71 ~]# systemctl start etcd", 1, "[root@t71 ~]#", "systemctl start etcd"],
    ["[root@k8s-master01 ssl]# ls /a", 1, "[root@k8s-master01 ssl]#", "ls /a"],
    ["root@t71:~# systemctl start etcd", 1, "root@t71:~#", "systemctl start etcd"],
    ["user@t71:/opt/a$ ls", 1, "user@t71:/opt/a$", "ls"],
    ["  $ kubectl get cs", 3, "$", "kubectl get cs"],
    ["[root@t71 ~]#ls", 1, "[root@t71 ~]#", "ls"],
    ["[t71]$ ls", 1, "[t71]$", "ls"],
    ["<t71> ls", 1, "<t71>", "ls"],
    ["> ls /opt", 1, ">", "ls /opt"],
    ["> kubectl get cs", 1, ">", "kubectl get cs"],
    ["sh-4.2# ls", 1, "sh-4.2#", "ls"],
    ["bash-4.2$ ls", 1, "bash-4.2$", "ls"],
    ["t71:~ # ls", 1, "t71:~ #", "ls"],
    ["❯ ls", 1, "❯", "ls"],
  ])("the prompt of `%s`", (line, column, prompt, without) => {
    const lines = block("true", line);
    expect(said(...lines)).toEqual([`5:${column} the prompt \`${prompt}\` before a command`]);
    expect(hints(...lines)[0]).toContain(`write \`${without}\``);
  });

  test.each([
    ["a comment beside a command", ["# as root", "true"]],
    ["a variable", ["$HOME/bin/a", "${A}", "echo a # b"]],
    ["a here-document", ["cat > /a <<EOF", "$ ls", "[root@t71 ~]# ls", "EOF"]],
    ["an address", ["scp /a root@t72:/b"]],
    ["a file that is emptied", ["> /opt/ls", "> a.log"]],
    ["a file that is read", ["</etc/hosts cat"]],
    ["a shell within", ["(ls) # all", "[ -f /a ] # there"]],
  ])("%s is no prompt", (_, commands) => {
    expect(said(...block(...commands))).toEqual([]);
  });
});

describe("`{{` can be written", () => {
  const template = "docker version --format '{{.Server.Version}} {{machine.name}}'";

  test("in a block with the flag `literal`", () => {
    const { blocks, findings } = read(...head, "```bash run id=a on=t71 literal", template, "```");
    expect(findings).toEqual([]);
    expect(blocks[0]).toMatchObject({ literal: true, text: template });
  });

  test("and the error without it says so", () => {
    expect(hints(...head, "```bash run id=a on=t71", template, "```")).toEqual([
      expect.stringContaining("flag `literal`"),
    ]);
    const flag = [...head, "```bash run id=a on=t71 literal=true", "true", "```"];
    expect(hints(...flag)).toEqual(["write literal alone, without a value"]);
  });
});

const under = (heading: string) => ["# T", heading, ...fence];

describe("a section number", () => {
  test.each([
    ["## 1. 系统初始化", "## 1 系统初始化"],
    ["## 1、系统初始化", "## 1 系统初始化"],
    ["## 1系统初始化", "## 1 系统初始化"],
    ["## １．系统", "## 1 系统"],
    ["## 一、准备", "## 1 准备"],
    ["## 十二、准备", "## 12 准备"],
    ["## 二十、准备", "## 20 准备"],
    ["## 第三章 准备", "## 3 准备"],
    ["### 01.系统初始化", "### 1 系统初始化"],
    ["### 2.04 A", "### 2.4 A"],
    ["### 2.4. A", "### 2.4 A"],
    ["## 1) A", "## 1 A"],
  ])("that is written `%s` is refused; the hint, obeyed, works", (written, better) => {
    expect(said(...under(written))).toEqual(["2:1 a section number that cannot be read"]);
    expect(hints(...under(written))).toEqual([`write \`${better}\``]);
    expect(said(...under(better))).toEqual([]);
  });

  test("the hints of several, obeyed, go up and stand in their sections", () => {
    const written = [
      "## 一、准备",
      "## 1. 初始化",
      "## 1、安装",
      "### 01.系统",
      "### 1) 网络",
      "### 3.4. 检查",
    ];
    const better = ["## 1 准备", "## 2 初始化", "## 3 安装", "### 3.1 系统", "### 3.2 网络", "### 3.4 检查"];
    expect(hints("# T", ...written, ...fence)).toEqual(better.map((line) => `write \`${line}\``));
    expect(new Set(said("# T", ...written, ...fence).map((line) => line.replace(/^\S+ /, "")))).toEqual(
      new Set(["a section number that cannot be read"]),
    );
    expect(said("# T", ...better, ...fence)).toEqual([]);
  });

  test.each(["## Notes", "### v1.14", "## 准备", "## 三台机器"])("`%s` has none", (heading) => {
    expect(said(...head, heading)).toEqual([]);
  });
});

/** Lines with a fence marker and a directive, by a reading of their own: nothing but the lines is looked at. */
const fencesIn = (text: string): number[] =>
  text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .flatMap((line, index) =>
      /(?:`{3,}|(?:^|[\s>*+-])~{3,})\s*[^\s`]+\s(?:run|file|output|skip)\s[^`]*$/.test(line)
        ? [index + 1]
        : [],
    );

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.constructor : thrown;
  }
}

const ofGuide = () => readGuide(guide, "guide.md", profile);

test("the fences of a text are its blocks and the errors that name one", async () => {
  await tryMutants(300, ofGuide, async (text, timed) => {
    const { blocks, findings, refused } = await timed(() => readGuide(text, "guide.md", profile));
    const counted = new Set([
      ...blocks.map(({ location }) => location.line),
      ...findings.map(({ location }) => location.line),
      ...refused.map(({ line }) => line),
    ]);
    const fences = fencesIn(text);
    expect(fences.filter((line) => !counted.has(line))).toEqual([]);
    expect(findings.filter(({ hint }) => hint === "")).toEqual([]);
    expect(refused.length > 0 && findings.length === 0).toBe(false);
    const parse = () => parseGuide(text, "guide.md", profile).blocks;
    expect(findings.length > 0 ? thrownBy(parse) : parse()).toEqual(
      findings.length > 0 ? InvalidGuideError : blocks,
    );
    return { fences: fences.length, blocks: blocks.length, findings: findings.length };
  });
}, 7_200_000);

const inContainer = fc.constantFrom(
  (line: string) => line,
  (line: string) => `> ${line}`,
  (line: string) => `  ${line}`,
);
const piece = fc.oneof(
  fc.constantFrom<"prose">("prose"),
  fc.constantFrom<"run" | "file" | "skip" | "shown" | "asked" | "bad">(
    "run",
    "file",
    "skip",
    "shown",
    "asked",
    "bad",
  ),
);

test("accounting adds up: every fence written is counted as what it is, or found", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, inContainer), { maxLength: 20 }), (pieces) => {
      const written = { run: 0, file: 0, answers: 0, output: 0, skip: 0 };
      let bad = 0;
      const blocks = pieces.flatMap(([kind, contain], index) => {
        const fenced = (info: string, text = "x") => [`\`\`\`${info}`, text, "```"].map(contain).concat("");
        switch (kind) {
          case "prose":
            return ["Prose.", ""];
          case "run":
            written.run++;
            return fenced(`bash run id=r${index} on=all`);
          case "file":
            written.file++;
            return fenced(`text file id=f${index} on=t71 path=/f`);
          case "skip":
            written.skip++;
            return fenced("text skip reason=r");
          case "shown":
            written.run++;
            written.output++;
            return [...fenced(`bash run id=s${index} on=all`), ...fenced("text output")];
          case "asked":
            written.run++;
            written.answers++;
            written.output++;
            return [
              ...fenced(`bash run id=t${index} on=all tty`),
              ...fenced("text answers", "x =>"),
              ...fenced("text output"),
            ];
          case "bad":
            bad++;
            return fenced("bash");
        }
        return kind satisfies never;
      });
      const { findings: found, blocks: counted } = read(...head, "", ...blocks);
      expect(found).toHaveLength(bad);
      if (bad > 0) return;
      const total = Object.values(written).reduce((sum, count) => sum + count, 0);
      expect(account(counted)).toMatchObject({ ...written, total });
    }),
  );
});
