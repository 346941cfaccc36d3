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
  withOwnCluster,
  withSettings,
} from "../harness/index.ts";
import { benchmarkNamed, benchmarkNames } from "../harness/rounds/bench/benchmarks.ts";
import { mediansOf, mediansText } from "../harness/rounds/bench/runs.ts";
import { measureTable, tableText } from "../harness/rounds/bench/table.ts";

type Options = GivenOptions & { readonly runs?: number; readonly json?: boolean };

export const bench = withSettings(command("bench", "measure the speed: medians of several runs"))
  .argument("<name>", benchmarkNames)
  .option("--runs <n>", "how many runs (default: 3, for the table 5 of each)", countFor("--runs"))
  .action(async (name: string, options: Options) => {
    const { json } = options;
    const host = { cores: os.cpus().length, memoryBytes: os.totalmem(), node: process.versions.node };
    const benchmark = name === "table" ? undefined : benchmarkNamed(name);
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
      mediansText(title, runs),
    );
  });
withOwnCluster(bench);
if (import.meta.main) await main(bench);
