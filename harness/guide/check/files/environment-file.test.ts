import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseEnvironment } from "./environment-file.ts";

test.each([
  ['A="b \\\n--c"\nD=e\n', { A: "b --c", D: "e" }],
  ["# c\n; d\n\nA='b \"c'\n", { A: 'b "c' }],
  ['A="two\nlines"\n', { A: "two\nlines" }],
  ["A=b \\\nc\n", { A: "b c" }],
  ["A=", { A: "" }],
])("%j", (text, expected) => {
  const { entries, problems } = parseEnvironment(text);
  expect(problems).toEqual([]);
  expect(Object.fromEntries(entries.map(({ name, value }) => [name, value]))).toEqual(expected);
});

test.each([
  ['A="b\nC=d\n', "the quote of A is not closed", 2],
  ["A=1\nnonsense\n", 'cannot read "nonsense"', 4],
  ["1A=b\n", 'cannot read "1A=b"', 0],
])("%j: %s", (text, message, offset) => {
  expect(parseEnvironment(text).problems).toMatchObject([{ message, offset }]);
});

const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,6}$/);
const quotable = fc.string({
  unit: fc.constantFrom("a", " ", "-", "=", ",", "'", "#", "\n", "/"),
  maxLength: 12,
});

test("what is written with quotes is read back, each entry at its place", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, quotable)), (values) => {
      const text = values.map(([key, value]) => `${key}="${value}"\n`).join("# c\n");
      const { entries, problems } = parseEnvironment(text);
      expect(problems).toEqual([]);
      expect(entries.map((entry) => [entry.name, entry.value])).toEqual(values);
      for (const entry of entries) {
        expect(text.startsWith(`${entry.name}="`, entry.offset)).toBe(true);
        expect(text.startsWith(`"${entry.value}"`, entry.valueOffset)).toBe(true);
      }
    }),
  );
});

test("any text is read, with every place within it", () => {
  const any = fc.string({ unit: fc.constantFrom("A", "=", '"', "'", "\\", "\n", " ", "#") });
  fc.assert(
    fc.property(any, (text) => {
      const { entries, problems } = parseEnvironment(text);
      for (const { offset } of [...entries, ...problems]) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});
