import { anchorsOf } from "../anchors.ts";
import { addressesFrom } from "../html/addresses.ts";
import { document } from "../html/document/document.ts";
import { html, Markup } from "../html/document/markup.ts";
import { milestones } from "../html/sections/milestones.ts";
import { codeBox } from "../html/parts.ts";
import { steps } from "../html/sections/steps.ts";
import { lastLines } from "../text.ts";
import type { Snapshot } from "./snapshot.ts";

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

/** The page of who waits for the first run. */
export const waitingPage = (): string =>
  document("No run yet", html`<h1>There is no run yet</h1>`, { look: "report", live: "none" });

const runningItem = ({ key, output }: Snapshot["running"][number]): Markup =>
  html`<section class="card fault running">
    <h2>${key}</h2>
    ${output.trim() !== "" && codeBox(lastLines(output, outputLines))}
  </section>`;
