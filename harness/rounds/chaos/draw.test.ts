import { expect, test } from "vitest";
import { drawOf, faultKinds } from "./chaos.ts";

const rounds = Array.from({ length: 600 }, (_, round) => round);

test("a seed repeats each of its rounds exactly, and another one does not", () => {
  expect(drawOf(7, 41)).toEqual(drawOf(7, 41));
  expect(drawOf(8, 41).at).not.toBe(drawOf(7, 41).at);
});

test("all kinds come equally often, and moments are spread over the whole run", () => {
  const draws = rounds.map((round) => drawOf(1, round));
  const byKind = Map.groupBy(draws, ({ kind }) => kind);
  expect([...byKind.keys()].toSorted()).toEqual(faultKinds.toSorted());
  for (const own of byKind.values()) {
    expect(own).toHaveLength(100);
    const tenths = new Set(own.map(({ at }) => Math.floor(at * 10)));
    expect(tenths.size).toBe(10);
  }
});
