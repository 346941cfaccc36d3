import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profile } from "../../profile/testing.ts";
import { parseGuide } from "../parse/parse.ts";
import { matchOutput } from "../plan/expect.ts";
import { type BlockOutputs, rewriteOutput } from "./rewrite.ts";

const shown = (written: string, ...printed: string[]): BlockOutputs => ({
  written,
  printed,
  hidden: "[redacted]",
  hide: (text) => text.replaceAll("s3cret", "[redacted]"),
});
const text = (written: string, ...printed: string[]): string => {
  const rewritten = rewriteOutput(shown(written, ...printed));
  return "text" in rewritten ? rewritten.text : `left: ${rewritten.left}`;
};

describe("what fits", () => {
  test("stays as it is written, wildcards and the blanks beside them", () => {
    const written = "NAME   AGE\nnode-{{hash}}   {{age}}   Ready";
    expect(text(written, "NAME   AGE\nnode-ac829673d2b22824     5s    Ready\n")).toBe(written);
    expect(text("a\n{{lines}}\nz", "a\nb\nc\nz", "a\nz")).toBe("a\n{{lines}}\nz");
  });

  test("gets the blanks that all have printed, where no wildcard makes columns vary", () => {
    expect(text("NAME   AGE\nn   {{age}}", "NAME  AGE\nn     5s")).toBe("NAME   AGE\nn   {{age}}");
    expect(text("NAME AGE", "NAME    AGE\n", "NAME    AGE\n")).toBe("NAME    AGE");
    expect(text("NAME AGE", "NAME    AGE\n", "NAME   AGE\n")).toBe("NAME AGE");
  });

  test("is not divided otherwise where a terminal shows columns", () => {
    expect(rewriteOutput({ ...shown("a  b\nc", "a\nb\nc\n"), columns: true })).toEqual({
      text: "a  b\nc",
      proposed: [],
    });
  });

  test("hides a secret behind the wildcard that the guide has; a secret that it has in full cannot be compared", () => {
    expect(text("token {{hash}}", "token [redacted]")).toBe("token {{hash}}");
    expect(text("token s3cret", "token   [redacted]")).toMatch("left: a secret is printed there");
    expect(text("kept\ntoken s3cret", "kept\ntoken [redacted]")).toMatch("left: a secret is printed there");
  });
});

describe("what does not fit", () => {
  test("becomes what was printed, with the wildcards that stood there", () => {
    expect(text("web-{{hash}} {{age}} Pending", "web-ac829673d2b22824  7s  Approved\n")).toBe(
      "web-{{hash}}  {{age}}  Approved",
    );
    expect(text("old\nkept {{ip}}", "new\nand newer\nkept 10.0.0.1")).toBe("new\nand newer\nkept {{ip}}");
    expect(text("a\n{{lines}}\nwrong", "a\nb\nz")).toBe("a\n{{lines}}\nz");
    expect(text("at {{time}} up", "at Apr  1 12:00:00 down")).toBe("at {{time}} down");
    expect(text("", "one\ntwo")).toBe("one\ntwo");
    expect(text("gone", "")).toBe("");
  });

  test("keeps what stands beside any lines, counted from the nearer end", () => {
    const head = "NAME STATUS AGE\nt71 Ready 9m\nt72 Ready 9m\nt76 Ready ";
    const written = "NAME STATUS AGE\n{{lines}}\nt76 NotReady {{age}}\ntotal 4";
    expect(rewriteOutput(shown(written, `${head}4m\ntotal 3`))).toEqual({
      text: "NAME STATUS AGE\n{{lines}}\nt76 Ready {{age}}\ntotal 3",
      proposed: [],
    });
    expect(rewriteOutput(shown(written, `${head}4m\ntotal 3`, `${head}5m\ntotal 2`))).toEqual({
      text: "NAME STATUS AGE\n{{lines}}\nt76 Ready {{age}}\ntotal {{word}}",
      proposed: ["t76 Ready {{age}}", "total {{word}}"],
    });
    expect(text("old head\n{{lines}}\nend", "new head\na\nend")).toBe("new head\n{{lines}}\nend");
    expect(text("{{lines}}\ntotal 4", "a\ntotal 3", "a\nb\ntotal 2")).toBe("{{lines}}\ntotal {{word}}");
  });

  test("says where any lines stand for lines that were written", () => {
    expect(rewriteOutput(shown("a\n{{lines}}\nb\n{{lines}}\nc", "a\nx\nc"))).toEqual({
      text: "a\n{{lines}}\nc",
      proposed: ["{{lines}}"],
    });
  });

  test.each([
    ["up 102s", "up 5m13s", "up {{age}}"],
    ["node-csr-ij3py9j-yi-eoa8sOHMDs7VeTQ", "node-csr-kBd2cFCsAAhg9Fs4DLNRK9r", "node-csr-{{hash}}"],
    ["https://10.0.0.1:80/", "https://10.0.0.20:80/", "https://{{ip}}:80/"],
    ["pod web-5d4f-abcde", "pod web-5d4f-xyz12", "pod web-5d4f-{{word}}"],
    ["at 2019-04-01T12:00:00Z", "at 2019-04-02T12:00:00Z", "at {{time}}"],
    ["Apr  1 12:00:00 x", "Apr 12 12:00:01 x", "{{time}} x"],
    ["one", "one two", "{{lines}}"],
    ["a\nb\nz", "a\nz", "a\n{{lines}}\nz"],
  ])("gets the narrowest wildcard where runs differ: %j and %j", (one, other, both) => {
    expect(rewriteOutput(shown("?", one, other))).toEqual({
      text: both,
      proposed: both.split("\n").filter((line) => line.includes("{{")),
    });
  });

  test.each([
    ["token [redacted]", "a secret is printed there"],
    ["{{.Server.Version}}", "cannot be written in a guide: unknown wildcard"],
    ["\u001B[1mbold", "cannot be written in a guide"],
  ])("is left where the guide cannot have it: %j", (printed, why) => {
    expect(text("?", printed)).toMatch(`left: `);
    expect(text("?", printed)).toContain(why);
  });
});

const word = fc.oneof(
  fc.stringMatching(/^[a-z:./-]{1,8}$/),
  fc.constantFrom("5s", "2d3h", "10.0.0.1", "ac829673d2b22824", "2019-04-01T12:00:00Z", "-", "1"),
);
const line = fc.array(word, { minLength: 0, maxLength: 4 }).map((words) => words.join("  "));
const output = fc.array(line, { maxLength: 5 }).map((lines) => lines.join("\n"));
const wild = fc.constantFrom("{{word}}", "{{age}}", "{{ip}}", "{{hash}}", "{{time}}", "web-{{word}}");
const written = fc
  .array(
    fc.oneof(
      line,
      fc.constant("{{lines}}"),
      fc.array(fc.oneof(word, wild), { maxLength: 3 }).map((all) => all.join(" ")),
    ),
    {
      maxLength: 5,
    },
  )
  .map((lines) => lines.join("\n"));

const guideOf = (block: string): string =>
  `# Guide\n\n## 1 One\n\n\`\`\`bash run id=a on=t71\nls\n\`\`\`\n\n\`\`\`text output\n${block}\n\`\`\`\n`;

test("what is rewritten fits all that was printed, is rewritten no further, and is a block of a guide", () => {
  fc.assert(
    fc.property(written, fc.array(output, { minLength: 1, maxLength: 3 }), (before, printed) => {
      const rewritten = rewriteOutput(shown(before, ...printed));
      if (!("text" in rewritten)) throw new Error(rewritten.left);
      for (const one of printed) expect(matchOutput(rewritten.text, one)).toEqual({ matches: true });
      expect(rewriteOutput(shown(rewritten.text, ...printed))).toMatchObject({ text: rewritten.text });
      const [, block] = parseGuide(guideOf(rewritten.text), "guide.md", profile).blocks;
      expect(block?.text).toBe(rewritten.text);
    }),
    { numRuns: 300 },
  );
});
