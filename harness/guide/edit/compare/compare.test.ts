import { expect, test } from "vitest";
import { common, moved, sectionEnds } from "./compare.ts";
import type { StepGroup } from "../../types.ts";

/** A block `section/name` that does what its `text` says, on t71. */
const block = (id: string, text = id, within?: number): StepGroup => {
  const [section = ""] = id.split("/");
  const location = { file: "guide.md", line: 1 };
  const step = { key: `${id}@t71`, id, section, machine: "t71", location, endLine: 2 };
  const expected = within === undefined ? {} : { expect: { text: "ok", location, within } };
  const action = { kind: "run", script: text } as const;
  return { id, steps: [{ ...step, action, downloads: [], effects: [], changedBy: [], ...expected }] };
};
const [a, b, c, d] = [block("1.1/a"), block("1.1/b"), block("1.2/c"), block("2/d")];
const ids = (groups: readonly StepGroup[]): string[] => groups.map(({ id }) => id);

test.each([
  ["nothing differs", [a, b, c], [a, b, c], [a, b, c]],
  ["a text differs", [a, b, c], [a, block("1.1/b", "other"), c], [a]],
  ["the time to wait differs", [a, block("1.1/b", "b", 5)], [a, block("1.1/b", "b", 6)], [a]],
  ["one is longer", [a, b, c], [a, b], [a, b]],
  ["the order differs", [a, b, c], [b, a, c], []],
])("two guides begin alike: %s", (_, one, other, same) => expect(ids(common(one, other))).toEqual(ids(same)));

test.each([
  ["nothing moved", [a, b, c, d], [a, b, c, d], []],
  ["one went to the end", [a, b, c, d], [a, c, d, b], ["1.1/b"]],
  ["a new one moves nothing", [a, c, d], [a, b, c, d], []],
  ["one that is gone moves nothing", [a, b, c, d], [a, c, d], []],
])("%s", (_, one, other, ones) => expect(moved(one, other)).toEqual(ones));

test("a section ends where the next block is of another", () => {
  expect([...sectionEnds({ groups: [a, b, c, d] })]).toEqual(["1.1/b", "1.2/c", "2/d"]);
  expect([...sectionEnds({ groups: [a, b, c, d] }, 1)]).toEqual(["1.2/c", "2/d"]);
});
