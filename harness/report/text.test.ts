import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../host/paths.ts";
import { count, duration, harmless, headline, lastLines, place, plain, shortly } from "./text.ts";

test.each([
  ["t72 is gone\nsince then", "t72 is gone"],
  [
    "The hosts are not fit:\n  n1: no sudo\n  n2: no room\n\nnext: see",
    "The hosts are not fit: n1: no sudo; n2: no room",
  ],
  ["", ""],
])("the headline of %j is %j", (text, line) => {
  expect(headline(text)).toBe(line);
});

test.each([
  [0, "0 ms"],
  [12.4, "12 ms"],
  [99.4, "99 ms"],
  [99.6, "0.10 s"],
  [3141, "3.14 s"],
  [9949, "9.95 s"],
  [9951, "10.0 s"],
  [59_940, "59.9 s"],
  [59_960, "1 min 00 s"],
  [125_000, "2 min 05 s"],
  [3_725_000, "62 min 05 s"],
])("%d ms reads %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("text is freed of colours and control characters, and keeps the rest", () => {
  expect(plain("\u001B[1;31mä\u001B[0m\tb\r\nc\rd\u0008\u0085\uFFFF😀\uDC00")).toBe("ä\tb\nc\nd😀\uFFFD");
});

test("a terminal obeys nothing of a text but its colours", () => {
  expect(harmless("\u001B[31mred\u001B[39m\u001B[2J\u001B]0;title\u0007\b\r\u009B1Aend\n")).toBe(
    "\u001B[31mred\u001B[39m\nend\n",
  );
  expect(harmless("\u001B[2\u001B[0mJ")).toBe("\u001B[0mJ");
});

test("last lines say how many are missing", () => {
  expect(lastLines("a\nb\nc\n\n", 3)).toBe("a\nb\nc");
  expect(lastLines("a\nb\nc", 2)).toBe("… 1 line before\nb\nc");
  expect(lastLines("a\nb\nc", 1)).toBe("… 2 lines before\nc");
});

test("places are short inside of the project", () => {
  expect(place({ file: join(projectRoot, "fixtures/guide/guide.md"), line: 7 })).toBe(
    "fixtures/guide/guide.md:7",
  );
  expect(place({ file: "/elsewhere/guide.md", line: 7, column: 2 })).toBe("/elsewhere/guide.md:7:2");
});

test("nouns follow their number", () => {
  expect([count(0, "step"), count(1, "step"), count(2, "step")]).toEqual(["0 steps", "1 step", "2 steps"]);
});

test.each([
  [0, "0"],
  [0.01234, "0.0123"],
  [-14.04, "-14"],
  [12_345.6, "12346"],
])("%d is %s for a person", (value, text) => expect(shortly(value)).toBe(text));
