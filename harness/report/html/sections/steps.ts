import { isRed } from "../../../record/outcome.ts";
import type { RunRecord, StepRecord } from "../../../record/record.ts";
import { distinctSteps, wallClock, worst } from "../../tally.ts";
import { count, duration, place } from "../../text.ts";
import { sectionTitle } from "../../labels.ts";
import type { PageContext } from "../context.ts";
import { changedSince, comparedWith, timeBefore } from "./comparison.ts";
import { html, type Markup } from "../document/markup.ts";
import { codeBox, commandBox, failureBox, links, outcomeWord, outputBox } from "../parts.ts";

/** The guide as it was followed: sections, and in each its steps with their output. */
export function steps(record: RunRecord, beside: PageContext): Markup {
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
      ${sections.map(([number, own]) =>
        sectionItem(number, sectionTitle(record.sections ?? [], number), own, beside),
      )}
    </div>`;
}

function sectionItem(number: string, title: string, own: readonly StepRecord[], beside: PageContext): Markup {
  const outcome = worst(distinctSteps({ steps: own }));
  return html`<details
    class="group"
    id="${beside.anchors.section(number)}"
    data-outcome="${outcome}"
    ${isRed({ outcome }) && "open"}
  >
    <summary>
      ${outcomeWord(outcome)}
      <span class="number">${number}</span>
      <span>${title}</span>
      <span class="aside soft">${count(own.length, "step")}</span>
      <span class="time">${duration(wallClock(own))}</span>
    </summary>
    ${own.map((step) => stepItem(step, beside))}
  </details>`;
}

function stepItem(step: StepRecord, beside: PageContext): Markup {
  const { id, machine, section, location, command, outcome, exitCode, durationMs, output, assists } = step;
  const { failure, skipped, left = [] } = step;
  const changed = changedSince(step, beside);
  const before = timeBefore(step, beside);
  const tags = [
    ...assists,
    changed && beside.green && `${changed.kind} since ${comparedWith(beside.green)}`,
  ].filter((tag) => tag !== undefined);
  const anchor = beside.anchors.step(step);
  return html`<details
    class="item step"
    id="${anchor}"
    data-outcome="${outcome}"
    data-machine="${machine}"
    data-section="${section}"
    ${isRed({ outcome }) && "open"}
  >
    <summary>
      ${outcomeWord(outcome)}
      <span class="soft">${machine}</span>
      <span class="mono">${id.slice(id.lastIndexOf("/") + 1)}</span>
      <span class="aside soft"
        >${tags.map((tag) => html`<span class="tag">${tag}</span> `)}
        <span class="mono">${place(location)}</span></span
      >
      <span class="time">${duration(durationMs)}${before && html`<br />was ${before}`}</span>
    </summary>
    <div class="body">
      ${links(anchor, [location], beside.addresses)}
      ${failure ? failureBox(failure) : command !== undefined && commandBox(command)}
      ${changed && changed.lines.length > 0 && codeBox(changed.lines.join("\n"))}
      ${skipped !== undefined && html`<p class="soft">not run: ${skipped}</p>`}
      ${left.map((each) => html`<p class="soft">left running in the background: <code>${each}</code></p>`)}
      ${!failure && (exitCode ?? 0) !== 0 && html`<p class="soft">exit code ${exitCode}</p>`}
      ${outputBox(output)}
    </div>
  </details>`;
}
