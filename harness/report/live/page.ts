import type { RunEvent } from "../../record/events.ts";
import type { RunRecord, StepRecord } from "../../record/record.ts";
import { anchorsOf } from "../anchors.ts";
import { RunProgress } from "../console/run-progress.ts";
import { addressesFrom } from "../html/context.ts";
import { document } from "../html/document/document.ts";
import { html, Markup } from "../html/document/markup.ts";
import { codeBox } from "../html/parts.ts";
import { milestones } from "../html/sections/milestones.ts";
import { steps } from "../html/sections/steps.ts";
import { lastLines } from "../text.ts";

/** Lines of what a block printed that are shown while it runs. */
const outputLines = 40;

/** The page of a run without a report: as it goes on, or where it was when its process ended. `follows` of one that is asked anew. */
export function livePage(
  { record, running, spans, far }: Snapshot,
  folder: string,
  { goesOn, follows }: { readonly goesOn: boolean; readonly follows: boolean },
): string {
  const beside = { anchors: anchorsOf(record), addresses: addressesFrom(folder), journals: [] };
  const word = goesOn ? "Running" : "Ended without a report";
  const body = html`<h1>${word}</h1>
    <p class="lead">${[...spans, far].filter(Boolean).join(" · ")}</p>
    <div class="meta">
      <span><b>${record.command}</b></span> <a href="../${record.id}/">${record.id}</a>
      <a href="journal.jsonl">journal.jsonl</a>
    </div>
    ${running.map(runningItem)} ${record.tests.length > 0 && milestones(record, beside)}
    ${steps(record, beside)}`;
  return document(`${word}: ${record.command} ${record.id}`, body, {
    look: "report",
    ...(follows && { live: record.id }),
  });
}

/** The report of a run as a page that goes on with the next one; undefined as long as it is not whole. */
export function followingReport(report: string, run: string): string | undefined {
  const [, title = "", main] = /<title>([^]*?)<\/title>[^]*<main>([^]*)<\/main>/.exec(report) ?? [];
  if (main === undefined) return undefined;
  return document(new Markup(title), new Markup(main), { look: "report", live: `${run} report` });
}

export const waitingPage = (): string =>
  document("No run yet", html`<h1>There is no run yet</h1>`, { look: "report", live: "none" });

const runningItem = ({ key, output }: Snapshot["running"][number]): Markup =>
  html`<section class="card fault running">
    <h2>${key}</h2>
    ${output.trim() !== "" && codeBox(lastLines(output, outputLines))}
  </section>`;

type Snapshot = {
  /** With what its events tell; the verdict is that of a run that ended now. */
  readonly record: RunRecord;
  /** Blocks that run, with what they printed, the latest last. */
  readonly running: readonly { readonly key: string; readonly output: string }[];
  /** Pieces of the harness' work that go on. */
  readonly spans: readonly string[];
  readonly far: string;
};

export function snapshotOf(events: readonly RunEvent[]): Snapshot | undefined {
  const start = events.find((event) => event.type === "run-start");
  if (!start) return undefined;
  const plan = events.findLast((event) => event.type === "plan");
  const ended = new Map<string, StepRecord>();
  const running = new Map<string, string>();
  const spans = new Set<string>();
  const far = new RunProgress();
  for (const event of events) {
    far.see(event);
    if (event.type === "step-start") running.set(event.key, "");
    if (event.type === "step-output") running.set(event.key, `${running.get(event.key) ?? ""}${event.text}`);
    if (event.type === "step-end") running.delete(event.step.key);
    if ((event.type === "step-end" || event.type === "unit") && event.step)
      ended.set(event.step.key, event.step);
    if (event.type === "span-start" && event.track === "harness") spans.add(event.name);
    if (event.type === "span-end") spans.delete(event.span.name);
  }
  const { id, command, startedAt } = start;
  const record: RunRecord = {
    id,
    command,
    startedAt,
    durationMs: events.at(-1)?.at ?? 0,
    verdict: "interrupted",
    provider: "",
    artifactSet: "",
    versions: {},
    ports: [],
    dropped: [],
    cannotProve: [],
    resources: { harnessPeakBytes: 0, machineBytes: {} },
    ...(start.milestones && { milestones: start.milestones }),
    ...(plan && { sections: plan.sections }),
    assists: events.flatMap((event) => (event.type === "assist" ? [event.assist] : [])),
    steps: [...ended.values()],
    tests: events.flatMap((event) => (event.type === "test-end" ? [event.test] : [])),
    spans: events.flatMap((event) => (event.type === "span-end" ? [event.span] : [])),
  };
  return {
    record,
    running: [...running].map(([key, output]) => ({ key, output })),
    spans: [...spans],
    far: far.words(record.durationMs),
  };
}
