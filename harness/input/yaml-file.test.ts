import { expect, test } from "vitest";
import { parseYaml } from "./yaml-file.ts";

test.each([
  ["a:\n  b: 1\n c: 2", 3, "it is not indented as the lines around it"],
  ["a: 1\n b: 2", 1, "a colon within a value"],
  ["a: b: c", 1, "a colon within a value"],
  ["a: 1\na: 2", 2, "the key is written twice"],
  ["a: 1\nb\nc: 2", 2, "a line without a colon"],
  ["a:\n\tb: 1", 2, "it is indented with a tab"],
  ["a:\n  b: [c\nd: 1", 2, "a [ that nothing closes"],
  ["a: [[b]\nc: 1", 1, "a [ that nothing closes"],
  ["a: 1\nb: {c: 1\nd: 2", 2, "a { that nothing closes"],
  ['a: "b\nc: 2\n', 1, 'a " that nothing closes'],
  ["a: 1\nb: [1]]", 2, "a ] that nothing opens"],
  ["a: @b", 1, "a value that begins with @"],
])("%j is refused in plain words", (text, line, message) => {
  expect(parseYaml(text, "f.yaml")).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ location: expect.objectContaining({ line }), message }),
    ]),
  });
});

test("a bracket that nothing closes is shown where it opens", () => {
  expect(parseYaml("artifacts: [source\nnodes: 3\n", "f.yaml")).toMatchObject({
    findings: [{ location: { line: 1, column: 12 }, hint: "close it with ]" }],
  });
});
