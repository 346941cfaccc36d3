import { os } from "zx";
import {
  command,
  countFor,
  exitCodes,
  type GivenOptions,
  interruptions,
  main,
  noted,
  print,
  settingsOfRound,
  timed,
  UsageError,
  withSettings,
} from "../harness/index.ts";
import { benchmarks } from "../harness/rounds/bench/benchmarks.ts";
import { mediansOf, shown } from "../harness/rounds/bench/runs.ts";
import { measureTable, tableText } from "../harness/rounds/bench/table.ts";

const names = [...Object.keys(benchmarks), "table"].join(", ");

type Options = GivenOptions & { readonly runs?: number; readonly json?: boolean };

export const bench = withSettings(
  command("bench", "measure; the median of several runs, in seconds, bytes and shares"),
)
  .argument("<name>", names)
  .option("--runs <n>", "how many runs; 3 unless told, 5 of each for the table", countFor("--runs"))
  .action(async (name: string, options: Options) => {
    const { json } = options;
    const host = { cores: os.cpus().length, memoryBytes: os.totalmem(), node: process.versions.node };
    const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
    if (!benchmark && name !== "table") {
      throw new UsageError(`There is no benchmark ${name}`, { hint: `Benchmarks: ${names}.` });
    }
    const settings = await settingsOfRound(options);
    using interruption = interruptions("The machines are removed.");
    const { signal } = interruption;
    if (!benchmark) {
      const runs = options.runs ?? 5;
      const what = { name: `the table, medians of ${runs}` };
      const table = await timed(what, noted, () => measureTable(runs, settings, signal));
      print(json, { benchmark: name, host, table }, () => tableText(table));
      if (table.some(({ failure }) => failure !== undefined)) process.exitCode = exitCodes.harness;
      return;
    }
    const { title } = benchmark;
    const wanted = options.runs ?? 3;
    const runs = await timed({ name: `${name}, ${wanted} runs` }, noted, () =>
      benchmark.run(wanted, settings, signal),
    );
    const medians = mediansOf(runs);
    print(json, { benchmark: name, artifacts: settings.artifacts, title, host, medians, runs }, () =>
      [
        `${title}; median of ${runs.length}`,
        ...Object.entries(medians).map(([key, value]) => `${key.padEnd(30)} ${shown(key, value)}`),
      ].join("\n"),
    );
  });
bench.setOptionValueWithSource("cluster", `bench-${process.pid}`, "default");
if (import.meta.main) await main(bench);
