import { expect, test } from "vitest";
import { compared, differing, shown } from "./words.ts";

test("of a record only what differs is told, in the order in which it is wanted", () => {
  const seen = { ActiveState: "active", Restart: "no", ports: [1, 2], more: true };
  expect(differing(seen, { Restart: "on-failure", ActiveState: "active", ports: [1], enabled: "yes" })).toBe(
    "Restart is no, not on-failure; ports: 2 too much; enabled is absent, not yes",
  );
});

test.each([
  [["a", "b"], ["b"], "a too much"],
  [["a"], ["a", "b", "c"], "b, c missing"],
  [["a", "a"], ["a", "b"], "a too much; b missing"],
  [["b", "a"], ["a", "b"], "b, a in another order than a, b"],
])("a list %j, where %j is wanted: %s", (seen, wanted, told) => {
  expect(compared(seen, wanted)).toBe(told);
});

test.each([
  ["", "absent"],
  [undefined, "absent"],
  [[], "nothing"],
  [["a", 1], "a, 1"],
  [{ a: 1 }, '{"a":1}'],
  [false, "false"],
])("%j is shown as %s", (value, told) => {
  expect(shown(value)).toBe(told);
});
