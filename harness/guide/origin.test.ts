import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lineAndColumn, locateIn, type OriginSpan, splicePieces } from "./origin.ts";

test("line and column of a character", () => {
  expect(lineAndColumn("ab\nc", 0)).toEqual({ line: 0, column: 0 });
  expect(lineAndColumn("ab\nc", 3)).toEqual({ line: 1, column: 0 });
});

test("after any replacements each character is placed where it was written", () => {
  const edit = fc.record({
    at: fc.nat(60),
    removed: fc.nat(6),
    inserted: fc.string({ minLength: 0, maxLength: 5 }),
  });
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.array(edit, { maxLength: 5 }),
      (written, edits) => {
        const location = { file: "guide", line: 10, column: 3 };
        // The model: each character with the file and the offset that it comes from.
        let model = Array.from({ length: written.length }, (_, offset) => ({ file: "guide", offset }));
        let block: { text: string; location: typeof location; pieces?: readonly OriginSpan[] } = {
          text: written,
          location,
        };
        for (const [index, { at: wanted, removed: most, inserted }] of edits.entries()) {
          const at = Math.min(wanted, block.text.length);
          const removed = Math.min(most, block.text.length - at);
          const file = `edit${index}`;
          const pieces = splicePieces(block, at, removed, inserted.length, (offset) => ({
            file,
            line: 1,
            column: offset,
          }));
          const text = block.text.slice(0, at) + inserted + block.text.slice(at + removed);
          block = { text, location, pieces };
          const added = Array.from({ length: inserted.length }, (_, offset) => ({ file, offset }));
          model = model.toSpliced(at, removed, ...added);
        }
        for (const [offset, { file, offset: from }] of model.entries()) {
          const { line, column } = lineAndColumn(written, from);
          expect(locateIn(block, offset)).toEqual(
            file === "guide"
              ? { file, line: 11 + line, column: 3 + column }
              : { file, line: 1, column: from },
          );
        }
      },
    ),
  );
});
