import { UsageError } from "../../errors.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { optionsOf } from "../pool/children.ts";
import type { Settings } from "../../settings/settings.ts";
import { pair } from "./by-hand.ts";
import {
  checkFigures,
  e2eFigures,
  mutantsFigures,
  stepFigures,
  suiteFigures,
  tryFigures,
  withTrivialSteps,
} from "./figures.ts";
import { type Figures, greenRecordOf, type Measured, onCluster, repeat } from "./runs.ts";

export type Goal = { readonly what: string; readonly figure: string; readonly goal: number };

export type Benchmark = {
  readonly title: string;
  /** A raised signal ends the runs, and it rejects. */
  readonly run: (runs: number, settings: Settings, signal: AbortSignal) => Promise<Measured[]>;
  readonly goals?: readonly Goal[];
  /** For the table. */
  readonly settings?: Partial<Settings>;
  /** It takes so long that for the table one run has to do. */
  readonly isLong?: true;
};

type Once = (settings: Settings, signal: AbortSignal, run: number) => Promise<Figures>;

const repeated =
  (once: Once): Benchmark["run"] =>
  (runs, settings, signal) =>
    repeat(runs, (run) => once(settings, signal, run));

/** After a run that leaves its checkpoints: whoever has run or tried anything before has them. */
const warm =
  (once: Once): Benchmark["run"] =>
  async (runs, settings, signal) => {
    await greenRecordOf("e2e", optionsOf(settings), signal);
    return repeated(once)(runs, settings, signal);
  };

/** Figures of this project, each the median of several runs on this machine. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  "by-hand": {
    title:
      "pnpm e2e, all suites and reports, against the guide typed by a shell script with seven looks; machines up and down in both",
    run: warm((settings, signal, run) => pair(settings, run % 2 === 1, signal)),
    goals: [
      { what: "`e2e` : by hand", figure: "ratio", goal: 0.75 },
      { what: "`e2e`, to the last test", figure: "greenSeconds", goal: 26 },
      { what: "`e2e`, whole command", figure: "e2eSeconds", goal: 26 },
    ],
  },
  e2e: {
    title: "pnpm e2e, warm cache: from no machines to all suites green",
    run: repeated(async (settings, signal) =>
      e2eFigures(await greenRecordOf("e2e", optionsOf(settings), signal)),
    ),
    goals: [
      { what: "`e2e`, debian, to the last test", figure: "seconds", goal: 40 },
      { what: "`e2e`, debian, whole run", figure: "wholeSeconds", goal: 40 },
    ],
    settings: { artifacts: "debian" },
  },
  step: {
    title: "one step that does nothing, of 200 in a row",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () =>
        withTrivialSteps(settings, (changed) => repeated(stepFigures)(runs, changed, signal)),
      ),
  },
  "guide-try": {
    title:
      "pnpm guide try, warm: a change of one line, from the command's start to the verdict and to the end",
    run: warm((settings, signal) => tryFigures(settings, signal)),
  },
  "guide-try-network": {
    title:
      "pnpm guide try, warm: one line of section 4, from the command's start to the verdict on the network",
    run: warm((settings, signal) => tryFigures(settings, signal, ["section4"])),
    goals: [{ what: "`guide try`, network verdict", figure: "section4NetworkSeconds", goal: 12 }],
  },
  suite: {
    title: "pnpm suite network on a running cluster",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () => repeated(suiteFigures)(runs, settings, signal)),
    goals: [{ what: "`suite network`, running cluster", figure: "networkSeconds", goal: 8 }],
  },
  "guide-check": {
    title: "pnpm guide check of a sound guide, from the program's start to its end, without pnpm",
    run: repeated(checkFigures),
    goals: [{ what: "`guide check`, whole command", figure: "checkSeconds", goal: 1 }],
  },
  mutants: {
    title: "pnpm mutants, all of the catalogue, all killed",
    run: repeated(mutantsFigures),
    goals: [{ what: "mutants, all", figure: "mutantsMinutes", goal: 10 }],
    isLong: true,
  },
};

export const benchmarkNames = [...Object.keys(benchmarks), "table"].join(", ");

/** UsageError for an unknown name. */
export function benchmarkNamed(name: string): Benchmark {
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark) return benchmark;
  throw new UsageError(`There is no benchmark ${name}`, {
    hint: suggestFrom(name, Object.keys(benchmarks), `Benchmarks: ${benchmarkNames}.`),
  });
}
