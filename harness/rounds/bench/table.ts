import { toHarnessError } from "../../errors.ts";
import type { Settings } from "../../settings/settings.ts";
import { table } from "../../report/github/markdown.ts";
import { type Benchmark, benchmarks } from "./benchmarks.ts";
import { type Measured, mediansOf, shown } from "./runs.ts";
import { median } from "./statistics.ts";

/** A figure and what it may be at most. */
type Goal = { readonly what: string; readonly figure: string; readonly goal: number };

type Row = Goal & {
  readonly value: number;
  readonly runs: number;
  readonly load: number;
  readonly stalled: number;
  /** Why there is no figure. */
  readonly failure?: string;
};

/** What is measured for the table, once for all goals that it has figures for. */
const parts: readonly {
  readonly benchmark: string;
  readonly settings?: Partial<Settings>;
  /** It takes so long that one run has to do. */
  readonly once?: true;
  readonly goals: readonly Goal[];
}[] = [
  {
    benchmark: "by-hand",
    goals: [
      { what: "`e2e` : by hand", figure: "ratio", goal: 0.75 },
      { what: "`e2e`, to the last test", figure: "greenSeconds", goal: 26 },
      { what: "`e2e`, whole command", figure: "e2eSeconds", goal: 26 },
    ],
  },
  {
    benchmark: "e2e",
    settings: { artifacts: "debian" },
    goals: [
      { what: "`e2e`, debian, to the last test", figure: "seconds", goal: 40 },
      { what: "`e2e`, debian, whole run", figure: "wholeSeconds", goal: 40 },
    ],
  },
  {
    benchmark: "guide-try-network",
    goals: [{ what: "`guide try`, network verdict", figure: "section4NetworkSeconds", goal: 12 }],
  },
  {
    benchmark: "suite",
    goals: [{ what: "`suite network`, running cluster", figure: "networkSeconds", goal: 8 }],
  },
  {
    benchmark: "guide-check",
    goals: [{ what: "`guide check`, whole command", figure: "checkSeconds", goal: 1 }],
  },
  {
    benchmark: "mutants",
    once: true,
    goals: [{ what: "mutants, all", figure: "mutantsMinutes", goal: 10 }],
  },
];

/**
 * Measures all that has a goal, with medians of some runs, one after the other. What cannot be measured is a row that says why.
 * Rejects if the signal is raised.
 */
export async function measureTable(
  runs: number,
  settings: Settings,
  signal: AbortSignal,
  known: Readonly<Record<string, Pick<Benchmark, "run">>> = benchmarks,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { benchmark, settings: others, once = false, goals } of parts) {
    console.error(benchmark);
    try {
      const measured = await known[benchmark]?.run(once ? 1 : runs, { ...settings, ...others }, signal);
      rows.push(...goals.map((goal) => rowOf(goal, measured ?? [])));
    } catch (error) {
      signal.throwIfAborted();
      const failure = toHarnessError(error).message;
      for (const goal of goals) rows.push({ ...rowOf(goal, []), failure });
    }
  }
  return rows;
}

/** The median of one figure, and of the host's load meanwhile. */
export function rowOf(goal: Goal, measured: readonly Measured[]): Row {
  return {
    ...goal,
    value: mediansOf(measured)[goal.figure] ?? Number.NaN,
    runs: measured.length,
    load: median(measured.map(({ load }) => load.load)),
    stalled: median(measured.map(({ load }) => load.stalled.cpu ?? Number.NaN)),
  };
}

/** The table in Markdown. */
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
