import { expect, test } from "vitest";
import { isFresh } from "./archive.ts";

const hour = 3_600_000;

test.each([
  ["of this moment", 0, true],
  ["of half an hour ago", hour / 2, true],
  ["of an hour ago", hour, false],
  ["to come, for the clock was set back", -8 * hour, false],
])("what was seen %s is fresh or not", (_name, age, fresh) => {
  expect(isFresh(10 * hour - age, 10 * hour)).toBe(fresh);
});
