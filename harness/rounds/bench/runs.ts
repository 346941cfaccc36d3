import { describeLoad, type HostLoad } from "../../host/load.ts";
import type { RunRecord } from "../../record/record.ts";
import { down, optionsOf, recordOf } from "../pool/children.ts";
import { LoadWatch } from "../../run/cluster/load-watch.ts";
import { errorAfter } from "../red.ts";
import type { Settings } from "../../settings/settings.ts";
import { median } from "./statistics.ts";

/** Seconds, milliseconds, bytes, shares of one and ratios, as the ends of their names say. */
export type Figures = Readonly<Record<string, number>>;

export type Measured = { readonly figures: Figures; readonly load: HostLoad };

export async function repeat(runs: number, once: (run: number) => Promise<Figures>): Promise<Measured[]> {
  const results: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    using watch = new LoadWatch();
    const figures = await once(run);
    const load = watch.between();
    results.push({ figures, load });
    console.error(
      `${run + 1} of ${runs}: ${Object.entries(figures)
        .map(([key, value]) => `${key} ${shown(key, value)}`)
        .join(", ")}; ${describeLoad(load)}`,
    );
  }
  return results;
}

export function mediansOf(runs: readonly Measured[]): Figures {
  const keys = Object.keys(runs[0]?.figures ?? {});
  return Object.fromEntries(
    keys.map((key) => [key, median(runs.map(({ figures }) => figures[key] ?? Number.NaN))]),
  );
}

export const mediansText = (title: string, runs: readonly Measured[]): string =>
  [
    `${title}; median of ${runs.length}`,
    ...Object.entries(mediansOf(runs)).map(([key, value]) => `${key.padEnd(30)} ${shown(key, value)}`),
  ].join("\n");

export function shown(key: string, value: number): string {
  if (key.endsWith("Bytes")) return `${(value / 2 ** 20).toFixed(0)} MiB`;
  if (key.endsWith("Share")) return `${(value * 100).toFixed(1)} %`;
  return value.toFixed(/(Ms|atio)$/.test(key) ? 2 : 1);
}

export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly seconds: number; readonly value: T }> {
  const begun = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begun) / 1000, value };
}

export async function greenRecordOf(
  workflow: string | readonly string[],
  args: readonly string[],
  signal: AbortSignal,
): Promise<RunRecord> {
  const record = await recordOf(workflow, args, signal);
  if (record.verdict === "passed") return record;
  throw errorAfter(record.verdict, `pnpm ${record.command} did not pass, so there is nothing to measure`, {
    outputTail: record.failure?.message ?? `${record.id}: ${record.verdict}`,
  });
}

export async function onCluster<T>(
  settings: Settings,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const options = optionsOf(settings);
  try {
    await greenRecordOf("up", options, signal);
    await greenRecordOf("apply", options, signal);
    return await work();
  } finally {
    await down(settings);
  }
}
