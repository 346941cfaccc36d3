import { toHarnessError } from "../../errors.ts";
import type { Settings } from "../../settings/settings.ts";
import { table } from "../../report/github/markdown.ts";
import { type Benchmark, benchmarks, type Goal } from "./benchmarks.ts";
import { type Measured, mediansOf, shown } from "./runs.ts";
import { median } from "./statistics.ts";

type Row = Goal & {
  readonly value: number;
  readonly runs: number;
  readonly load: number;
  readonly stalled: number;
  readonly failure?: string;
};

/**
 * Measures all that has a goal, with medians of some runs, one after the other. What cannot be measured is a row that says why.
 * Rejects if the signal is raised.
 */
export async function measureTable(
  runs: number,
  settings: Settings,
  signal: AbortSignal,
  known: Readonly<Record<string, Omit<Benchmark, "title">>> = benchmarks,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, { run, goals = [], settings: others, isLong = false }] of Object.entries(known)) {
    if (goals.length === 0) continue;
    console.error(name);
    try {
      const measured = await run(isLong ? 1 : runs, { ...settings, ...others }, signal);
      rows.push(...goals.map((goal) => rowOf(goal, measured)));
    } catch (error) {
      signal.throwIfAborted();
      const failure = toHarnessError(error).message;
      rows.push(...goals.map((goal) => Object.assign(rowOf(goal, []), { failure })));
    }
  }
  return rows;
}

export function rowOf(goal: Goal, measured: readonly Measured[]): Row {
  return {
    ...goal,
    value: mediansOf(measured)[goal.figure] ?? Number.NaN,
    runs: measured.length,
    load: median(measured.map(({ load }) => load.load)),
    stalled: median(measured.map(({ load }) => load.stalled.cpu ?? Number.NaN)),
  };
}

export const tableText = (rows: readonly Row[]): string =>
  table(
    ["measured", "goal", "median", "of", "load", "work waited for a processor"],
    rows.map(({ what, figure, goal, value, runs, load, stalled, failure }) => {
      const unit = figure.endsWith("Minutes") ? " min" : figure === "ratio" ? "" : " s";
      const most = `≤ ${goal}${unit}`;
      if (failure !== undefined) return [what, most, `not measured: ${failure}`, "0", "–", "–"];
      const middle = `${shown(figure, value)}${unit}${value <= goal ? "" : " (missed)"}`;
      return [what, most, middle, `${runs}`, load.toFixed(1), `${stalled.toFixed(0)} %`];
    }),
  ).trimEnd();
