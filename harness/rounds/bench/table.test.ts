import { HarnessDefect } from "../../errors.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { expect, test } from "vitest";
import { benchmarks } from "./benchmarks.ts";
import { measureTable, rowOf, tableText } from "./table.ts";

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

test("what fails is a row that says why, and the others are measured", async () => {
  const rows = await measureTable(1, defaultSettings, new AbortController().signal, {
    step: { run: () => Promise.reject(new Error("It has no goal")) },
    suite: { ...benchmarks["suite"], run: async () => [{ figures: { networkSeconds: 4 }, load }] },
    mutants: {
      ...benchmarks["mutants"],
      run: () => Promise.reject(new HarnessDefect("Not every mutant was killed")),
    },
  });
  expect(tableText(rows).split("\n").slice(2)).toEqual([
    "| `suite network`, running cluster | ≤ 8 s | 4.0 s | 1 | 1.5 | 30 % |",
    "| mutants, all | ≤ 10 min | not measured: Not every mutant was killed | 0 | – | – |",
  ]);
});

test("a raised signal ends the table", async () => {
  const ended = AbortSignal.abort();
  const by = { goals: [goal], run: () => Promise.reject(ended.reason) };
  await expect(measureTable(1, defaultSettings, ended, { "by-hand": by })).rejects.toBe(ended.reason);
});
