import * as fc from "fast-check";
import { expect, test } from "vitest";
import { execWords, parseUnit } from "./systemd-unit.ts";

test("sections, entries, comments and continued lines", () => {
  const text =
    "[Unit]\n# a\nAfter=a.target \\\n  # within\n  b.target\n\n[Service]\nExecStart = /bin/a --b=c\n";
  const { sections, entries, problems } = parseUnit(text);
  expect(problems).toEqual([]);
  expect(sections.map(({ name }) => name)).toEqual(["Unit", "Service"]);
  expect(entries.map(({ section, key, value }) => [section, key, value.replaceAll(/\s+/g, " ")])).toEqual([
    ["Unit", "After", "a.target b.target"],
    ["Service", "ExecStart", "/bin/a --b=c"],
  ]);
  for (const { key, value, offset, valueOffset } of entries) {
    expect(text.startsWith(key, offset)).toBe(true);
    expect(text.startsWith(value.split(" ")[0] ?? "", valueOffset)).toBe(true);
  }
});

test.each([
  ["A=1\n[Unit]\n", '"A" outside a section', 0],
  ["[Unit]\nnonsense\n", 'cannot read "nonsense"', 7],
  ["[Unit]\nA=b \\", "the last line ends in a backslash, but nothing follows", 12],
])("%j: %s", (text, message, offset) => {
  expect(parseUnit(text).problems).toMatchObject([{ message, offset }]);
});

test.each([
  [`-/bin/bash -c "a \\"b\\" c" 'd e'`, ["/bin/bash", "-c", 'a "b" c', "d e"]],
  ["@!/bin/a  b\tc", ["/bin/a", "b", "c"]],
])("the words of %s", (value, words) => {
  const read = execWords(value);
  expect(read.problem).toBeUndefined();
  expect(read.words.map(({ text }) => text)).toEqual(words);
});

test("a quote that is not closed is told at its place", () => {
  expect(execWords(`/bin/a "b c`).problem).toMatchObject({ offset: 7 });
});

const key = fc.stringMatching(/^[A-Z][A-Za-z]{0,8}$/);
const value = fc.stringMatching(/^(?:[a-z0-9/=.]+(?: [a-z0-9/=."']+){0,3})?$/);
const section = fc.record({ name: key, entries: fc.array(fc.tuple(key, value), { maxLength: 4 }) });

test("what is written as a unit file is read back, each value at its place", () => {
  fc.assert(
    fc.property(
      fc.array(section, { maxLength: 4 }),
      fc.constantFrom("", "# c\n", "\n", "; c \\\n"),
      (parts, between) => {
        const text = parts
          .map(({ name, entries }) => `[${name}]\n${entries.map(([k, v]) => `${k}=${v}\n`).join(between)}`)
          .join(between);
        const read = parseUnit(text);
        expect(read.problems).toEqual([]);
        expect(read.sections.map(({ name }) => name)).toEqual(parts.map(({ name }) => name));
        expect(read.entries.map((entry) => [entry.section, entry.key, entry.value])).toEqual(
          parts.flatMap(({ name, entries }) => entries.map(([k, v]) => [name, k, v])),
        );
        for (const entry of read.entries) expect(text.startsWith(entry.value, entry.valueOffset)).toBe(true);
      },
    ),
  );
});

test("any text is read, with every place within it", () => {
  const any = fc.string({ unit: fc.constantFrom("a", "=", "[", "]", "\\", "\n", " ", '"', "'", "#", "$") });
  fc.assert(
    fc.property(any, (text) => {
      const { entries, problems } = parseUnit(text);
      for (const { offset } of [...entries, ...problems]) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(text.length);
      }
      for (const entry of entries) {
        expect(text.startsWith(entry.key, entry.offset)).toBe(true);
        for (const { offset } of execWords(entry.value).words)
          expect(offset).toBeLessThan(entry.value.length);
      }
    }),
  );
});
