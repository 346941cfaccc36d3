import { isRed } from "../../record/outcome.ts";
import type { RunRecord, StepRecord } from "../../record/record.ts";
import { wallClock, worst } from "../tally.ts";
import { count, duration, place } from "../text.ts";
import { sectionTitle } from "../labels.ts";
import { html, type Markup } from "./markup.ts";
import { dot, failureBox, outputBox } from "./parts.ts";

/** The guide as it was followed: sections, and in each its steps with their output. */
export function steps(record: RunRecord): Markup {
  if (record.steps.length === 0)
    return html`<h2>Steps</h2>
      <p class="soft">No step ran.</p>`;
  const sections = [...Map.groupBy(record.steps, ({ section }) => section)];
  return html`<h2>
      Steps
      <small
        >${count(record.steps.length, "step")} in ${count(sections.length, "section")} of the guide</small
      >
    </h2>
    <div class="card list">
      ${sections.map(([number, own]) => sectionItem(number, sectionTitle(record.sections ?? [], number), own))}
    </div>`;
}

function sectionItem(number: string, title: string, own: readonly StepRecord[]): Markup {
  const outcome = worst(own);
  return html`<details ${isRed({ outcome }) && "open"}>
    <summary>
      ${dot(outcome)}
      <span class="number">${number}</span>
      <span>${title}</span>
      <span class="aside soft">${count(own.length, "step")}</span>
      <span class="time">${duration(wallClock(own))}</span>
    </summary>
    ${own.map(stepItem)}
  </details>`;
}

function stepItem({
  id,
  machine,
  location,
  command,
  outcome,
  exitCode,
  durationMs,
  output,
  assists,
  failure,
  skipped,
}: StepRecord): Markup {
  return html`<details class="item" ${isRed({ outcome }) && "open"}>
    <summary>
      ${dot(outcome)}
      <span class="soft">${machine}</span>
      <span class="mono">${id.slice(id.lastIndexOf("/") + 1)}</span>
      <span class="aside soft"
        >${assists.map((assist) => html`<span class="tag">${assist}</span> `)}
        <span class="mono">${place(location)}</span></span
      >
      <span class="time">${duration(durationMs)}</span>
    </summary>
    <div class="body">
      ${failure ? failureBox(failure) : command !== undefined && html`<pre class="typed">${command}</pre>`}
      ${skipped !== undefined && html`<p class="soft">not run: ${skipped}</p>`}
      ${!failure && (exitCode ?? 0) !== 0 && html`<p class="soft">exit code ${exitCode}</p>`}
      ${outputBox(output)}
    </div>
  </details>`;
}
