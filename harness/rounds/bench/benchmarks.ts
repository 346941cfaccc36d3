import { HarnessDefect, UsageError } from "../../errors.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { trialScoreSchema } from "../../record/trial-score.ts";
import { optionsOf, runProgram } from "../pool/children.ts";
import type { Settings } from "../../settings/settings.ts";
import { pair } from "./by-hand.ts";
import { e2eFigures } from "./e2e.ts";
import { tryFigures } from "./guide-try.ts";
import { type Figures, greenRecordOf, type Measured, onCluster, repeat, timed } from "./runs.ts";
import { firstTrivialStep, stepFigures, withTrivialSteps } from "./step.ts";

export type Benchmark = {
  readonly title: string;
  /** A raised signal ends the runs, and it rejects. */
  readonly run: (runs: number, settings: Settings, signal: AbortSignal) => Promise<Measured[]>;
};

/** Figures of this project, each the median of several runs on this machine. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  e2e: {
    title: "pnpm e2e, warm cache: from no machines to all suites green",
    run: (runs, settings, signal) =>
      repeat(runs, async () => e2eFigures(await greenRecordOf("e2e", optionsOf(settings), signal))),
  },
  "by-hand": {
    title:
      "pnpm e2e, all suites and reports, against the guide typed by a shell script with seven looks; machines up and down in both",
    run: async (runs, settings, signal) => {
      // Whoever has run it before has its checkpoints.
      await greenRecordOf("e2e", optionsOf(settings), signal);
      return repeat(runs, (run) => pair(settings, run % 2 === 1, signal));
    },
  },
  step: {
    title: "one step that does nothing, of 200 in a row",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () =>
        withTrivialSteps(settings, (changed) => repeat(runs, () => trivialSteps(changed, signal))),
      ),
  },
  "guide-try": {
    title:
      "pnpm guide try, warm: a change of one line, from the command's start to the verdict and to the end",
    run: guideTry,
  },
  "guide-try-network": {
    title:
      "pnpm guide try, warm: one line of section 4, from the command's start to the verdict on the network",
    run: (runs, settings, signal) => guideTry(runs, settings, signal, ["section4"]),
  },
  "guide-check": {
    title: "pnpm guide check of a sound guide, from the program's start to its end, without pnpm",
    run: (runs, settings, signal) => repeat(runs, () => checkFigures(settings, signal)),
  },
  mutants: {
    title: "pnpm mutants, all of the catalogue, all killed",
    run: (runs, settings, signal) => repeat(runs, () => mutantsFigures(settings, signal)),
  },
  suite: {
    title: "pnpm suite network on a running cluster",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () => repeat(runs, () => suiteFigures(settings, signal))),
  },
};

/** What `pnpm bench` takes, for a person. */
export const benchmarkNames = [...Object.keys(benchmarks), "table"].join(", ");

/** UsageError for an unknown name. */
export function benchmarkNamed(name: string): Benchmark {
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark) return benchmark;
  throw new UsageError(`There is no benchmark ${name}`, {
    hint: suggestFrom(name, Object.keys(benchmarks), `Benchmarks: ${benchmarkNames}.`),
  });
}

async function guideTry(
  runs: number,
  settings: Settings,
  signal: AbortSignal,
  changes?: readonly string[],
): Promise<Measured[]> {
  // The checkpoints that it starts from are there for whoever has tried anything before.
  await greenRecordOf("e2e", optionsOf(settings), signal);
  return repeat(runs, () =>
    tryFigures(settings, changes, (changed) =>
      greenRecordOf(["harness/cli/cli.ts", "guide", "try"], [settings.guide, ...optionsOf(changed)], signal),
    ),
  );
}

async function trivialSteps(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const args = ["--from", firstTrivialStep, ...optionsOf(settings)];
  return stepFigures(await greenRecordOf("apply", args, signal));
}

async function suiteFigures(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const started = performance.now();
  const record = await greenRecordOf("suite", ["network", ...optionsOf(settings)], signal);
  return {
    networkSeconds: (performance.now() - started) / 1000,
    vitestSeconds: (record.spans.find(({ name }) => name === "vitest")?.durationMs ?? 0) / 1000,
    harnessPeakBytes: record.resources.harnessPeakBytes,
  };
}

async function checkFigures({ guide }: Settings, signal: AbortSignal): Promise<Figures> {
  const { seconds, value } = await timed(() =>
    runProgram(["harness/cli/cli.ts", "guide", "check", "--json", "--guide", guide], signal),
  );
  if (value.exitCode === 0) return { checkSeconds: seconds };
  throw new HarnessDefect("The guide is not sound, so there is nothing to measure", {
    outputTail: value.outputTail,
  });
}

async function mutantsFigures(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const { seconds, value } = await timed(() =>
    runProgram(["harness/cli/cli.ts", "mutants", "--json", ...optionsOf(settings)], signal),
  );
  const { data: score } = trialScoreSchema.safeParse(value.printed);
  if (value.exitCode === 0 && score && score.killed === score.of) return { mutantsMinutes: seconds / 60 };
  throw new HarnessDefect("Not every mutant was killed, so there is nothing to measure", {
    outputTail: value.outputTail,
  });
}
