import type { Outcome } from "../../record/outcome.ts";
import type { RunRecord } from "../../record/record.ts";
import { place } from "../text.ts";
import { milestoneTitle } from "../labels.ts";

export type Slice = {
  /** A machine's name, `harness`, `suites`, or what a span names. */
  readonly track: string;
  readonly name: string;
  readonly category: "span" | "step" | "test";
  readonly startMs: number;
  readonly durationMs: number;
  readonly outcome?: Outcome;
  readonly section?: string;
  readonly details: Readonly<Record<string, string | number>>;
};

/** Harness first, then machines, then suites. A step is there as itself, not also as the span around it. */
export function slicesOf(record: RunRecord): Slice[] {
  const stepNames = new Set(record.steps.map(({ machine, id }) => `${machine} ${id}`));
  const spans = record.spans
    .filter(({ track, name }) => !stepNames.has(`${track} ${name}`))
    .map(({ track, name, startMs, durationMs }): Slice => {
      const category = "span";
      return { track, name, category, startMs, durationMs, details: {} };
    });
  const steps = record.steps.map((step): Slice => ({
    track: step.machine,
    name: step.id,
    category: "step",
    startMs: step.startMs,
    durationMs: step.durationMs,
    outcome: step.outcome,
    section: step.section,
    details: { outcome: step.outcome, exitCode: step.exitCode ?? "", guide: place(step.location) },
  }));
  const tests = record.tests.map((test): Slice => ({
    track: "suites",
    name: `${milestoneTitle(record, test.milestone)}: ${test.name}`,
    category: "test",
    startMs: test.startMs,
    durationMs: test.durationMs,
    outcome: test.outcome,
    details: { ...test.facts, outcome: test.outcome, sections: test.sections.join(", ") },
  }));
  const of = (wanted: (track: string) => boolean): Slice[] => spans.filter(({ track }) => wanted(track));
  const others = of((track) => track !== "harness" && track !== "suites");
  return [
    ...of((track) => track === "harness"),
    ...[...steps, ...others].toSorted((a, b) => a.track.localeCompare(b.track)),
    ...of((track) => track === "suites"),
    ...tests,
  ];
}

/** Slices in as few lanes as let each contain or follow its neighbours, as the format asks of a thread. */
export function lanes<T extends { readonly startMs: number; readonly durationMs: number }>(
  slices: readonly T[],
): T[][] {
  const all: { readonly slices: T[]; open: number[] }[] = [];
  const ordered = slices.toSorted((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs);
  for (const slice of ordered) {
    const end = slice.startMs + slice.durationMs;
    const fits = all.find((lane) => {
      lane.open = lane.open.filter((openEnd) => openEnd > slice.startMs);
      return lane.open.every((openEnd) => openEnd >= end);
    });
    const lane = fits ?? { slices: [], open: [] };
    if (!fits) all.push(lane);
    lane.slices.push(slice);
    lane.open.push(end);
  }
  return all.map((lane) => lane.slices);
}
