import { expect, test } from "vitest";
import { rowOf, tableText } from "./table.ts";

const load = { cores: 2, load: 1.5, runnable: 2, stalled: { cpu: 30 } };
const goal = { what: "`e2e` : by hand", figure: "ratio", goal: 0.75 };
const measured = [0.8, 0.7, 0.76].map((ratio) => ({ figures: { ratio }, load }));

test("a row has the median, the host's load, and whether the goal was missed", () => {
  expect(
    tableText([rowOf(goal, measured)])
      .split("\n")
      .at(-1),
  ).toBe("| `e2e` : by hand | ≤ 0.75 | 0.76 (missed) | 3 | 1.5 | 30 % |");
});

test("what was not measured is not reached", () => {
  expect(tableText([rowOf({ ...goal, figure: "other" }, measured)])).toContain("NaN s (missed)");
});
