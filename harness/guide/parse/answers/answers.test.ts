import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnswers, readAnswers, variableOf } from "./answers.ts";

const placeholders = ["machine.name"];

test.each<[string, string, string]>([
  ["Is this ok [y/d/N]: => y", "Is this ok [y/d/N]:", "y"],
  ["Enter passphrase (empty for no passphrase):   =>", "Enter passphrase (empty for no passphrase):", ""],
  ["  Name =>   two  words  ", "Name", "two  words"],
  ["postgres=> => \\q", "postgres=>", "\\q"],
  ["a => b => c", "a", "b => c"],
  ["{{machine.name}}'s {{word}}: => {{machine.name}}", "{{machine.name}}'s {{word}}:", "{{machine.name}}"],
])("%s", (line, prompt, reply) => {
  expect(checkAnswers(line, placeholders)).toEqual([]);
  expect(readAnswers(`\n${line}`)).toEqual([{ prompt, reply, line: 1 }]);
});

test("what is written of answers is read", () => {
  const word = fc.stringMatching(/^[^\s{}=]([^\n\r{}=]{0,20}[^\s{}=])?$/);
  const answer = fc.record({ prompt: word, reply: fc.option(word, { nil: "" }) });
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1 }), (answers) => {
      const text = answers.map(({ prompt, reply }) => `${prompt} => ${reply}`).join("\n");
      expect(checkAnswers(text, placeholders)).toEqual([]);
      expect(readAnswers(text)).toEqual(answers.map((each, line) => ({ ...each, line })));
    }),
  );
});

test("of any text every line is an answer, or has a problem in it", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(" => ", "\n", "{{word}}", "{{lines}}", "Password:", " "),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      (text) => {
        const problems = checkAnswers(text, placeholders);
        const written = text.split("\n").filter((line) => line.trim() !== "").length;
        expect(readAnswers(text).length === written || problems.length > 0).toBe(true);
        for (const { offset, hint } of problems)
          expect([offset >= 0 && offset <= text.length, hint !== ""]).toEqual([true, true]);
      },
    ),
  );
});

test.each([
  ["$TOKEN", "TOKEN"],
  ["${TOKEN_2}", "TOKEN_2"],
  ["pa$$word", undefined],
  ["$1", undefined],
  ["$A$B", undefined],
  ["a", undefined],
])("the variable of %s: %s", (reply, name) => {
  expect(variableOf(reply)).toBe(name);
});
