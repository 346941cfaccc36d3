import type { RunRecord } from "../../record/record.ts";

/** Figures of one end-to-end run; seconds, bytes, or a share of one. */
export type E2eFigures = {
  /** From the run's start, no machines there, to the end of the last milestone test. */
  readonly seconds: number;
  /** To the end of it all, reports and machines removed. */
  readonly wholeSeconds: number;
  readonly upSeconds: number;
  readonly applySeconds: number;
  readonly suitesSeconds: number;
  /** For each block, the time of its slowest machine; what the guide itself takes. */
  readonly guestSeconds: number;
  /** Time in which neither a machine, nor a command of the guide, nor a suite was at work, as a share of `seconds`. */
  readonly harnessShare: number;
  readonly harnessPeakBytes: number;
  readonly machineBytes: number;
};

/** Reads the figures out of a run's record. */
export function e2eFigures(record: RunRecord): E2eFigures {
  const lasted = (name: string): number =>
    record.spans.filter((span) => span.name === name).reduce((sum, span) => sum + span.durationMs, 0);
  const slowest = new Map<string, number>();
  for (const { id, durationMs } of record.steps) {
    slowest.set(id, Math.max(slowest.get(id) ?? 0, durationMs));
  }
  const guest = [...slowest.values()].reduce((sum, ms) => sum + ms, 0);
  const total = Math.max(...record.tests.map((test) => test.startMs + test.durationMs));
  const suites = lasted("vitest");
  return {
    seconds: total / 1000,
    wholeSeconds: record.durationMs / 1000,
    upSeconds: lasted("up") / 1000,
    applySeconds: lasted("apply") / 1000,
    suitesSeconds: suites / 1000,
    guestSeconds: guest / 1000,
    harnessShare: Math.max(0, total - lasted("up") - guest - suites) / total,
    harnessPeakBytes: record.resources.harnessPeakBytes,
    machineBytes: Object.values(record.resources.machineBytes).reduce((sum, bytes) => sum + bytes, 0),
  };
}
