import * as fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { account } from "../plan/plan.ts";
import { findingsOf } from "../testing.ts";
import { parseChanges } from "./changes.ts";
import { unedited } from "./edit.ts";
import { edit, guide, textOf } from "./testing.ts";

const replacement = (find: string, replace: string) =>
  `- ${JSON.stringify({ reason: "r", step: "2/conf", find, replace })}`;

const once = (text: string, part: string): boolean =>
  text.includes(part) && text.indexOf(part) === text.lastIndexOf(part);

test("a change and its reverse give the same text", () => {
  const text = guide.blocks[2]?.text ?? "";
  const part = fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 8 }));
  const insertion = fc.oneof(fc.string(), fc.constantFrom("$&", "x\n", "\ny", "b=1"));
  let reversed = 0;
  fc.assert(
    fc.property(part, insertion, ([start, length], replace) => {
      const find = `${text}\n`.slice(start, start + length);
      fc.pre(replace !== "" && !replace.includes("{{") && once(`${text}\n`, find));
      // Without its last newline a text has nothing for the reverse to put it back by.
      fc.pre(start + length <= text.length || replace.endsWith("\n"));
      const edited = edit(replacement(find, replace));
      fc.pre(once(`${textOf(edited, "2/conf")}\n`, replace));
      expect(textOf(edit(replacement(replace, find), edited), "2/conf")).toBe(text);
      reversed++;
    }),
  );
  expect(reversed).toBeGreaterThan(50);
});

const anyChange = fc.oneof(
  fc.constantFrom(
    "- { reason: r, step: 1/show, drop: true }",
    "- { reason: r, step: 2/conf, drop: true }",
    "- { reason: r, step: 2/last, on: t71 }",
    "- { reason: r, step: 1/show, find: enable, replace: disable }",
    '- { reason: r, after: 1/show, insert: "```bash run id=n on=all\\nx\\n```" }',
    '- { reason: r, before: 2/conf, insert: "```bash run id=m on=all\\nx\\n```\\n```text output\\n```" }',
  ),
);

test("accounting adds up through edits: blocks before, less dropped, plus inserted", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyChange), (list) => {
      let edited = unedited(guide);
      let inserted = 0;
      for (const change of list) {
        if (findingsOf(() => edit(change, edited)).length > 0) continue;
        edited = edit(change, edited);
        inserted += change.includes("id=n") ? 1 : change.includes("id=m") ? 2 : 0;
      }
      const { total, ...kinds } = account(edited.guide.blocks);
      expect(Object.values(kinds).reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(total).toBe(guide.blocks.length - edited.dropped.length + inserted);
    }),
  );
});

const yamlPiece = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "changes:",
    "- ",
    "  ",
    "\n",
    "\n  ",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "&a",
    "*a",
    "*b",
    "<<: *a",
    "|",
    ">",
    "---\n",
  ),
  fc.constantFrom(
    "reason: r",
    "step: 1/show",
    "find: x",
    "replace: y",
    "insert: |",
    "after: 1/show",
    "!!map",
    "!t",
    "? ",
  ),
);

test("any text is a list of changes or an InvalidGuideError with findings", () => {
  fc.assert(
    fc.property(fc.array(yamlPiece, { maxLength: 30 }), fc.boolean(), (pieces, headed) => {
      const text = (headed ? "changes:\n- " : "") + pieces.join("");
      const read = (): unknown => parseChanges(text, "port.yaml", z.object({}));
      // findingsOf passes every other error on.
      expect(findingsOf(read).every((finding) => /^\d+:\d+ ./.test(finding))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
