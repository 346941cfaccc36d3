import { expect, test } from "vitest";
import { oddCharacters, visible } from "./odd-characters.ts";

const named = (text: string) =>
  [...oddCharacters(text)].map(({ index, name, plain }) => [index, name, plain]);

test.each<[string, string, (string | number)[][]]>([
  ["a no-break space", "start\u00A0etcd", [[5, "U+00A0 no-break space", " "]]],
  ["a zero-width space", "\u200B663e", [[0, "U+200B zero-width space", ""]]],
  ["a byte order mark within", "a\uFEFFb", [[1, "U+FEFF byte order mark", ""]]],
  ["a line separator", "a\u2028b", [[1, "U+2028 line separator", "\n"]]],
  ["a carriage return", "a\rb", [[1, "U+000D carriage return", ""]]],
  [
    "an escape sequence",
    "\u001B]0;t\u0007",
    [
      [0, "U+001B escape", ""],
      [5, "U+0007 bell", ""],
    ],
  ],
  ["NUL, as Markdown reads it", "a\uFFFD", [[1, "U+FFFD a byte that is no UTF-8, or NUL", ""]]],
  ["a direction", "a\u202Eb", [[1, "U+202E right-to-left override", ""]]],
  ["a dash for an option", "\u2013v=4", [[0, "U+2013 en dash", "-"]]],
  ["a dash in a range", "30000\u201350000", [[5, "U+2013 en dash", "-"]]],
  [
    "typographic quotes",
    "A=\u201Cb\u201D",
    [
      [2, "U+201C left double quotation mark", '"'],
      [4, "U+201D right double quotation mark", '"'],
    ],
  ],
  ["a full-width colon", "port：10250", [[4, "U+FF1A full-width :", ":"]]],
  ["a full-width comma", "663e，kubelet", [[4, "U+FF0C full-width ,", ","]]],
  ["an ideographic comma", "a、b", [[1, "U+3001 ideographic comma", ","]]],
  [
    "a Cyrillic letter",
    "etсd",
    [[2, "U+0441 a letter of another alphabet among Latin ones", "the Latin letter"]],
  ],
])("%s is found", (_, text, expected) => {
  expect(named(text)).toEqual(expected);
});

test.each([
  "plain text, \t\n with everything: é ü ñ …",
  "安装完成，请重启（t71）。",
  "Description=Kubernetes（主节点）",
  "it’s fine — so it is",
  "Привет, мир; αβγ",
])("`%s` is as it should be", (text) => {
  expect(named(text)).toEqual([]);
  expect(visible(text)).toBe(text);
});

test("a person sees all of it", () => {
  expect(visible("a\u001B[31m\u00A0\u2013v：1\u0000")).toBe(
    "a<U+001B>[31m<U+00A0>–<U+2013>v：<U+FF1A>1<U+0000>",
  );
});
