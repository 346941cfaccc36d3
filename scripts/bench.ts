import { $, os } from "zx";
import {
  command,
  countFor,
  type GivenOptions,
  HarnessDefect,
  interruptions,
  main,
  optionsOf,
  print,
  recordOf,
  type RunRecord,
  type Settings,
  settingsOfRound,
  UsageError,
  withSettings,
} from "../harness/index.ts";
import { e2eFigures } from "./bench/e2e.ts";
import { tryFigures } from "./bench/guide-try.ts";
import { firstTrivialStep, stepFigures, withTrivialSteps } from "./bench/step.ts";
import { median } from "./bench/statistics.ts";

type Figures = Readonly<Record<string, number>>;
type Benchmark = {
  readonly title: string;
  /** A raised signal ends the runs, and it rejects. */
  readonly run: (runs: number, settings: Settings, signal: AbortSignal) => Promise<Figures[]>;
};

/** Figures of this project, each the median of several runs on this machine. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  e2e: {
    title: "pnpm e2e, warm cache: from no machines to all suites green",
    run: (runs, settings, signal) =>
      repeat(runs, async () => e2eFigures(await greenRecordOf("e2e", optionsOf(settings), signal))),
  },
  step: {
    title: "one step that does nothing, of 200 in a row",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () =>
        withTrivialSteps((file) =>
          repeat(runs, () => trivialSteps({ ...settings, edits: [...settings.edits, file] }, signal)),
        ),
      ),
  },
  "guide-try": {
    title:
      "pnpm guide try, warm: a change of one line, from the command's start to the verdict and to the end",
    run: guideTry,
  },
  suite: {
    title: "pnpm suite network on a running cluster",
    run: (runs, settings, signal) =>
      onCluster(settings, signal, () => repeat(runs, () => suiteFigures(settings, signal))),
  },
};

async function guideTry(runs: number, settings: Settings, signal: AbortSignal): Promise<Figures[]> {
  // The checkpoints that it starts from are there for whoever has tried anything before.
  await greenRecordOf("e2e", optionsOf(settings), signal);
  return repeat(runs, () =>
    tryFigures(settings, async (changed) =>
      demandGreen(
        await recordOf(["harness/cli.ts", "guide", "try"], [settings.guide, ...optionsOf(changed)], {
          signal,
        }),
      ),
    ),
  );
}

type Options = GivenOptions & { readonly runs: number; readonly json?: boolean };

const bench = withSettings(
  command("bench", "measure; the median of several runs, in seconds, bytes and shares"),
)
  .argument("<name>", Object.keys(benchmarks).join(", "))
  .option("--runs <n>", "how many runs", countFor("--runs"), 3)
  .action(async (name: string, options: Options) => {
    const { runs, json } = options;
    const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
    if (!benchmark) {
      throw new UsageError(`There is no benchmark ${name}`, {
        hint: `Benchmarks: ${Object.keys(benchmarks).join(", ")}.`,
      });
    }
    const settings = await settingsOfRound(options);
    const { artifacts } = settings;
    using interruption = interruptions("The machines are removed.");
    const all = await benchmark.run(runs, settings, interruption.signal);
    const keys = Object.keys(all[0] ?? {});
    const medians = Object.fromEntries(keys.map((key) => [key, median(all.map((one) => one[key] ?? 0))]));
    const host = { cores: os.cpus().length, memoryBytes: os.totalmem(), node: process.versions.node };
    print(json, { benchmark: name, artifacts, title: benchmark.title, host, medians, runs: all }, () =>
      [
        `${benchmark.title}; median of ${runs}`,
        ...Object.entries(medians).map(([key, value]) => `${key.padEnd(30)} ${shown(key, value)}`),
      ].join("\n"),
    );
  });
bench.setOptionValueWithSource("cluster", `bench-${process.pid}`, "default");
await main(bench);

function shown(key: string, value: number): string {
  if (key.endsWith("Bytes")) return `${(value / 2 ** 20).toFixed(0)} MiB`;
  return key.endsWith("Share") ? `${(value * 100).toFixed(1)} %` : value.toFixed(key.endsWith("Ms") ? 2 : 1);
}

async function repeat<T>(runs: number, once: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs; run++) results.push(await once());
  return results;
}

async function greenRecordOf(
  workflow: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<RunRecord> {
  return demandGreen(await recordOf(workflow, args, { signal }));
}

function demandGreen(record: RunRecord): RunRecord {
  if (record.verdict === "passed") return record;
  throw new HarnessDefect(`pnpm ${record.command} did not pass, so there is nothing to measure`, {
    outputTail: record.failure?.message ?? `${record.id}: ${record.verdict}`,
  });
}

async function onCluster<T>(settings: Settings, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const options = optionsOf(settings);
  try {
    await greenRecordOf("up", options, signal);
    await greenRecordOf("apply", options, signal);
    return await work();
  } finally {
    await $({
      quiet: true,
      nothrow: true,
    })`${process.execPath} harness/cli.ts down --cluster ${settings.cluster}`;
  }
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
