import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Answers } from "./answers.ts";

const pairs = (...written: readonly (readonly [string, string])[]) =>
  new Answers(written.map(([prompt, reply]) => ({ prompt, reply })));

test("prompts are answered in their order, each once, by the end of a line", () => {
  const answers = pairs(["[y/d/N]:", "y"], ["for {{word}}'s  key:", ""], ["[y/d/N]:", "d"]);
  const typed = [
    "Is this ok",
    "Is this ok [y/d/N]: ",
    "Is this ok [y/d/N]: ",
    "Passphrase for a's key: of no",
    "Passphrase for a's key:",
    "Is this ok [y/d/N]:",
    "Is this ok [y/d/N]:",
  ].map((line) => answers.answer(line, false)?.text);
  expect(typed).toEqual([undefined, "y\r", undefined, undefined, "\r", "d\r", undefined]);
  expect(answers.problem("passed")).toBeUndefined();
});

test.each([
  ["Password:", "a", "[redacted]"],
  ["[sudo] password for bob:", "a", "[redacted]"],
  ["Enter passphrase (empty for no passphrase):", "a", "[redacted]"],
  ["Enter PIN:", "a", "[redacted]"],
  ["Enter passphrase (empty for no passphrase):", "", undefined],
  ["Pinned version:", "a", undefined],
  ["Change the root password? [Y/n]", "y", undefined],
  ["Is this ok [y/d/N]:", "y", undefined],
])("what is echoed of the answer to `%s`: %s", (prompt, reply, echo) => {
  expect(pairs([prompt, reply]).answer(prompt, false)).toEqual({ text: `${reply}\r`, ...(echo && { echo }) });
});

test("a key is pressed without Enter", () => {
  expect(pairs(["(END)", "^C"]).answer("(END)", false)?.text).toBe("\u0003");
  expect(pairs(["name?", "^c"]).answer("name?", true)?.text).toBe("^c\r");
});

test.each([
  "Is this ok [y/d/N]: ",
  "Are you sure you want to continue connecting (yes/no)? ",
  "Password:",
  "/ # ",
  "mysql> ",
  "Overwrite (y/n)",
  "lines 1-23 (END)",
  "--More--(12%)",
])("a terminal that shows `%s` seems to wait", (line) => {
  const answers = pairs();
  answers.answer(line, false);
  expect(answers.waits).toBe(true);
  answers.answer(line, true);
  expect(answers.waits).toBe(false);
});

test.each([
  "35% [=====>     ] 1.2M --:--:-- ETA",
  "0% [Waiting for headers]",
  "Resolving a.example.org...",
  "",
])("one that shows `%s` does not", (line) => {
  const answers = pairs();
  answers.answer(line, false);
  expect(answers.waits).toBe(false);
});

test("says what is asked, what is answered, and what to write", () => {
  const none = pairs();
  none.answer("Sure? ", false);
  expect(none.problem("silent")).toEqual({
    said: 'waits at the prompt "Sure?", and there are no answers',
    hint: "Write `Sure? => REPLY` in an answers block after it.",
  });
  expect(none.problem("passed")).toBeUndefined();

  const given = pairs(["Name:", "bob"]);
  given.answer("Name:", false);
  given.answer("Sure? ", false);
  expect(given.problem("silent")).toEqual({
    said: 'waits at the prompt "Sure?", and no answer is left',
    hint: "Write `Sure? => REPLY` at the end of the block's answers.",
  });

  const other = pairs(["Password:", "a"]);
  other.answer("Sure? ", false);
  expect(other.problem("silent")).toEqual({
    said: 'waits at the prompt "Sure?", and the next answer is for "Password:"',
    hint: "Write `Sure? => REPLY` at its place in the block's answers.",
  });
  other.answer("Working", true);
  const hint =
    'A prompt is the end of a line as it is printed, and answers have the order of the prompts. The last line was "Working".';
  expect(other.problem("silent")).toEqual({ said: 'waits without the prompt "Password:"', hint });
  expect(other.problem("passed")).toEqual({ said: 'ended without the prompt "Password:"', hint });

  const odd = pairs();
  odd.answer("Press any key to go on . . .", false);
  expect(odd.problem("silent")?.said).toContain('"Press any key to go on . . ."');
});

test("what is typed is one answer after the other, whatever is shown", () => {
  const word = fc.constantFrom("a:", "b?", "c", "sure a:", "");
  fc.assert(
    fc.property(fc.array(word.filter((prompt) => prompt !== "")), fc.array(word), (prompts, lines) => {
      const answers = pairs(...prompts.map((prompt, index): [string, string] => [prompt, String(index)]));
      const typed = lines.flatMap((line) => answers.answer(line, false)?.text ?? []);
      expect(typed).toEqual(typed.map((_, index) => `${index}\r`));
      expect(answers.problem("passed") === undefined).toBe(typed.length === prompts.length);
    }),
  );
});
