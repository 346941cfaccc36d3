import { expect, test } from "vitest";
import { parseYaml } from "./yaml-file.ts";

test.each([
  ["a:\n  b: 1\n c: 2", 3, "it is not indented as the lines around it"],
  ["a: 1\n b: 2", 1, "a colon within a value"],
  ["a: b: c", 1, "a colon within a value"],
  ["a: 1\na: 2", 2, "the key is written twice"],
  ["a: 1\nb\nc: 2", 2, "a line without a colon"],
  ["a:\n\tb: 1", 2, "it is indented with a tab"],
])("%j is refused in plain words", (text, line, message) => {
  expect(parseYaml(text, "f.yaml")).toMatchObject({
    findings: expect.arrayContaining([
      expect.objectContaining({ location: expect.objectContaining({ line }), message }),
    ]),
  });
});
