import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ChangingLine, type Target } from "./changing-line.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

const terminal = (columns = 80): PassThrough & Target =>
  Object.assign(new PassThrough(), { isTTY: true, columns });
const textOf = (target: PassThrough): string => String(target.read() ?? "");
const start = "\r\u001B[K";

test("on a terminal one line changes, and makes room for what stays", () => {
  const target = terminal(20);
  const line = new ChangingLine(target, {});
  line.write("begun\n");
  line.tell("1 of 3");
  line.tell("2 of 3, and much more than 20 columns");
  line.write("done\n");
  line.tell("3 of 3");
  line.tell("");
  line.tell("");
  expect(textOf(target)).toBe(
    `begun\n${start}1 of 3${start}2 of 3, and much…${start}done\n${start}3 of 3${start}`,
  );
});

test("a terminal that nobody has given a size has 80 columns", () => {
  const target = terminal(0);
  new ChangingLine(target, {}).tell("x".repeat(90));
  expect(textOf(target)).toBe(`${start}${"x".repeat(76)}…`);
});

test("a terminal obeys nothing of what is shown", () => {
  const target = terminal();
  new ChangingLine(target, {}).tell("a\u001B[2Jb\nc");
  expect(textOf(target)).toBe(`${start}ab c`);
});

test("what stays has its colours, and nothing else that a terminal obeys", () => {
  const target = terminal();
  new ChangingLine(target, {}).write("\u001B[31mred\u001B[39m\u001B[2J\u001B]0;title\u0007\n");
  expect(textOf(target)).toBe("\u001B[31mred\u001B[39m\n");
});

test("no line of what is shown is a command to GitHub's runner; elsewhere all is as it is", () => {
  const [target, there] = [terminal(), terminal()];
  const text = "::error::a\n    ::stop-commands::b\n::1 localhost\na::b ##[group]c\n";
  new ChangingLine(target, { GITHUB_ACTIONS: "true" }).write(text);
  new ChangingLine(there, {}).write(text);
  expect(textOf(target)).not.toMatch(/^\s*::|##\[/m);
  expect([textOf(there), text.length]).toEqual([text, text.length]);
});

test.each([
  ["a file", { isTTY: false }, {}],
  ["a dumb terminal", {}, { TERM: "dumb" }],
  ["CI", {}, { CI: "true" }],
])("%s gets whole lines, after half a minute without any", (_, about, env) => {
  const target = Object.assign(terminal(), about);
  const line = new ChangingLine(target, env);
  line.tell("1 of 3");
  vi.advanceTimersByTime(29_000);
  line.tell("2 of 3");
  expect(textOf(target)).toBe("");
  vi.advanceTimersByTime(1000);
  line.tell("3 of 3");
  line.tell("");
  vi.advanceTimersByTime(29_000);
  line.write("done\n");
  vi.advanceTimersByTime(29_000);
  line.tell("4 of 3");
  expect(textOf(target)).toBe("3 of 3\ndone\n");
});
