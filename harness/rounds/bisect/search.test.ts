import { assert, integer, nat, property, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { type CommitState, nextToJudge } from "./search.ts";

/** Searches for the commit that broke something among `count`, some of which cannot be judged. */
function search(count: number, broken: number, unjudgeable: ReadonlySet<number> = new Set()) {
  const known = new Map<number, CommitState>();
  for (;;) {
    const next = nextToJudge(count, known);
    if ("suspects" in next) return { ...next, judged: known.size };
    expect(known.has(next.judge)).toBe(false);
    known.set(next.judge, unjudgeable.has(next.judge) ? "skipped" : next.judge < broken ? "good" : "bad");
  }
}

test("whichever commit it was is found, in as many runs as a binary search takes", () => {
  assert(
    property(integer({ min: 1, max: 300 }), nat(), (count, at) => {
      const { good, suspects, judged } = search(count, at % count);
      expect({ good, suspects }).toEqual({ good: (at % count) - 1, suspects: [at % count] });
      expect(judged).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
    }),
  );
});

test("where commits cannot be judged, it is among the suspects, which are as few as can be", () => {
  const skipped = uniqueArray(nat({ max: 40 }));
  assert(
    property(integer({ min: 1, max: 40 }), nat(), skipped, (count, at, some) => {
      const broken = at % count;
      // The last one was judged before the search.
      const unjudgeable = new Set(some.filter((index) => index !== count - 1));
      const { suspects } = search(count, broken, unjudgeable);
      expect(suspects).toContain(broken);
      expect(suspects.slice(0, -1).every((index) => unjudgeable.has(index))).toBe(true);
    }),
  );
});

test("a single commit needs no run", () => {
  expect(nextToJudge(1, new Map())).toEqual({ good: -1, suspects: [0] });
});
