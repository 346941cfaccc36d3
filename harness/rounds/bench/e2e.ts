import type { RunRecord } from "../../record/record.ts";

/** Figures of one end-to-end run, from its record; seconds, bytes, or a share of one. */
export function e2eFigures({ spans, steps, tests, durationMs, resources }: RunRecord) {
  const lasted = (name: string): number =>
    spans.filter((span) => span.name === name).reduce((sum, span) => sum + span.durationMs, 0);
  const slowest = [...Map.groupBy(steps, ({ id }) => id).values()].map((own) =>
    Math.max(...own.map((step) => step.durationMs)),
  );
  const guest = slowest.reduce((sum, ms) => sum + ms, 0);
  const total = Math.max(...tests.map((test) => test.startMs + test.durationMs));
  const suites = lasted("vitest");
  return {
    /** From the run's start, no machines there, to the end of the last milestone test. */
    seconds: total / 1000,
    /** To the end of it all, reports and machines removed. */
    wholeSeconds: durationMs / 1000,
    upSeconds: lasted("up") / 1000,
    applySeconds: lasted("apply") / 1000,
    suitesSeconds: suites / 1000,
    /** For each block, the time of its slowest machine; what the guide itself takes. */
    guestSeconds: guest / 1000,
    /** Time in which neither a machine, nor a command of the guide, nor a suite was at work, as a share of `seconds`. */
    harnessShare: Math.max(0, total - lasted("up") - guest - suites) / total,
    harnessPeakBytes: resources.harnessPeakBytes,
    machineBytes: Object.values(resources.machineBytes).reduce((sum, bytes) => sum + bytes, 0),
  };
}
