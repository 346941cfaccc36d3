import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Screen } from "./screen.ts";

const escape = "\u001B";

/** What is shown of a text that comes in pieces. */
function shown(text: string, cuts: readonly number[] = []): string {
  const screen = new Screen(() => undefined);
  const bytes = Buffer.from(text);
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...places]
    .map((from, index) => screen.push(bytes.subarray(from, places[index] ?? bytes.length)))
    .concat(screen.end())
    .join("");
}

test.each<[string, string, string]>([
  ["line ends", "a\r\nb\r\r\nc", "a\nb\nc"],
  ["a progress bar", "10%\r50%\r100%\r\ndone\r\n", "100%\ndone\n"],
  ["a shorter text over a longer one", "downloading\rdone\r\n", "doneloading\n"],
  ["a line erased from the cursor on", `downloading\r${escape}[Kdone\r\n`, "done\n"],
  ["a line erased up to the cursor", `abc${escape}[1Kd\r\n`, "   d\n"],
  ["a line erased as a whole", `abc${escape}[2K\rd\r\n`, "d  \n"],
  ["the rest of the screen erased", `abc\r${escape}[Jd\r\n`, "d\n"],
  ["backspaces", "abc\b\bX\r\n", "aXc\n"],
  ["a cursor that moves along", `ab${escape}[3Cc${escape}[2Dd${escape}[1Ge\r\n`, "eb  dc\n"],
  ["colours", `${escape}[1;31mred${escape}[0m ${escape}[38;5;196mx${escape}(B${escape}[m\r\n`, "red x\n"],
  ["a title", `${escape}]0;root@t71: ~\u0007a${escape}]2;b${escape}\\c\r\n`, "ac\n"],
  ["a device's strings", `${escape}P+q544e${escape}\\a${escape}_x${escape}\\b\r\n`, "ab\n"],
  ["modes and keypads", `${escape}[?2004h${escape}=a${escape}[?25l${escape}>${escape}7\r\n`, "a\n"],
  ["a cursor that leaves its line", `a${escape}[Hb${escape}[3;1Hc${escape}[Ad`, "a\nb\nc\nd"],
  ["other controls", "a\u0007b\0c\u007Fd\u009Be\u000Ef\r\n", "abcdef\n"],
  ["tabs", "a\tb\r\n", "a\tb\n"],
  ["a sequence that never ends", `a${escape}]0;no end`, "a]0;no end"],
  ["a carriage return at the end", "a\r", "a"],
])("%s", (_, text, expected) => {
  expect(shown(text)).toBe(expected);
});

test("neither a terminal's sequence nor a control character is left of anything, however it is cut", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("\r", "\n", "\b", "\t", "\u0007", `${escape}[2K`, `${escape}[1;3`, "1m", `${escape}]0;a`),
    fc.constantFrom(escape, "[", "]", "\\", "?25h", `${escape}[31;40H`, `${escape}P`, "ä", "❯"),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((pieces) => pieces.join("")),
      fc.array(fc.nat(), { maxLength: 5 }),
      (text, cuts) => {
        const whole = shown(text);
        // oxlint-disable-next-line no-control-regex
        expect(whole).not.toMatch(/[\0-\x08\x0B-\x1F\x7F-\x9F]/);
        expect(shown(text, cuts)).toBe(whole);
      },
    ),
  );
});

test("says every line, and the one that is not finished, without what was answered in it", () => {
  const said: [string, boolean][] = [];
  const screen = new Screen((line, finished) => {
    said.push([line, finished]);
    if (line === "name?") screen.answered("bob", undefined);
  });
  for (const text of ["hello\r\nna", "me?", "bob", "\r", "\nname?\r\n", "bob\r\n"])
    screen.push(Buffer.from(text));
  expect(said).toEqual([
    ["hello", true],
    ["na", false],
    ["name?", false],
    ["bob", false],
    ["bob", false],
    ["bob", true],
    ["name?", true],
    ["", false],
    ["bob", true],
    ["", false],
  ]);
});

test("the echo of a secret is not shown, on whichever line it comes", () => {
  for (const prompt of ["password: ", "password?\r\n"]) {
    const screen = new Screen((line) => {
      if (line.startsWith("password")) screen.answered("hunter2", "[redacted]");
    });
    const text = screen.push(Buffer.from(prompt)) + screen.push(Buffer.from("hunter2\r\nhunter2 is set\r\n"));
    expect(text).toBe(`${prompt.replace("\r", "")}[redacted]\nhunter2 is set\n`);
  }
});

test("of 100 MB on one line nothing is held back", () => {
  const screen = new Screen(() => undefined);
  const chunk = Buffer.from("x".repeat(65_536));
  let length = 0;
  for (let sent = 0; sent < 100e6; sent += chunk.length) length += screen.push(chunk).length;
  expect(length).toBeGreaterThan(99e6);
});
