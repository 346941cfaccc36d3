import { isRed } from "../../record/outcome.ts";
import type { RunRecord, StepRecord, TestRecord } from "../../record/record.ts";
import { testParts } from "../parts/failure.ts";
import { type MilestoneTally, tallyMilestones } from "../tally.ts";
import { count, duration } from "../text.ts";
import { milestoneTitle } from "../labels.ts";
import { html, type Markup } from "./markup.ts";
import { dot, failureBox } from "./parts.ts";
import { sequence } from "./sequence.ts";

/** Milestones as tiles, then their tests with what each looked at. */
export function milestones(record: RunRecord): Markup {
  const tallies = tallyMilestones(record.tests);
  if (tallies.length === 0) {
    return html`<h2>Milestones</h2>
      <p class="soft">No suite ran.</p>`;
  }
  return html`<h2>Milestones</h2>
    <div class="tiles">${tallies.map((tally) => tile(record, tally))}</div>
    <h2>Tests <small>what each milestone was held against</small></h2>
    <div class="card list wide">${tallies.map((tally) => testsOf(record, tally))}</div>`;
}

const state = ({ counts, tests }: MilestoneTally): string =>
  [
    counts.failed > 0 && `${counts.failed} failed`,
    counts.error > 0 && count(counts.error, "error"),
    counts.passed > 0 && (counts.passed === tests.length ? "proved" : `${counts.passed} passed`),
    counts.skipped > 0 && `${counts.skipped} skipped`,
  ]
    .filter(Boolean)
    .join(", ");

function tile(record: RunRecord, tally: MilestoneTally): Markup {
  const { milestone, outcome, tests, durationMs } = tally;
  const sections = sectionsOf(tests);
  return html`<a class="card tile ${outcome}" href="#${milestone}"
    ><b>${milestoneTitle(record, milestone)}</b> <span class="state">${state(tally)}</span>
    <span>${count(tests.length, "test")}, ${duration(durationMs)}</span>
    ${sections && html`<br /><span>guards ${sections}</span>`}</a
  >`;
}

/** Sections that the tests guard, in the guide's order. */
function sectionsOf(tests: readonly TestRecord[]): string {
  const all = [...new Set(tests.flatMap(({ sections }) => sections))];
  const shown = all.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return shown.length > 5 ? `${shown.slice(0, 4).join(", ")} and ${shown.length - 4} more` : shown.join(", ");
}

const testsOf = (record: RunRecord, tally: MilestoneTally): Markup =>
  html`<details id="${tally.milestone}" ${isRed(tally) && "open"}>
    <summary>
      ${dot(tally.outcome)}
      <span>${milestoneTitle(record, tally.milestone)}</span>
      <span class="aside soft"
        >${tally.outcome === "passed" ? count(tally.tests.length, "test") : state(tally)}</span
      >
      <span class="time">${duration(tally.durationMs)}</span>
    </summary>
    ${tally.tests.map((test) => testItem(test, record.steps))}
  </details>`;

function testItem(test: TestRecord, steps: readonly StepRecord[]): Markup {
  const { name, outcome, sections, durationMs, facts, failure, hops = [] } = test;
  const known = Object.entries(facts);
  return html`<details class="item test" ${isRed(test) && "open"}>
    <summary>
      ${dot(outcome)}
      <span>${name}</span>
      <span class="aside soft">${sections.join(", ")}</span>
      <span class="time">${duration(durationMs)}</span>
    </summary>
    <div class="body">
      ${failureBox(failure, testParts(test, steps))} ${hops.length > 0 && sequence(hops)}
      ${
        known.length > 0 &&
        html`<dl>
          ${known.map(
            ([key, value]) =>
              html`<dt>${key}</dt>
                <dd class="mono">${value}</dd>`,
          )}
        </dl>`
      }
      ${known.length === 0 && !failure && html`<p class="soft">${sections.length > 0 ? `guards ${sections.join(", ")}` : "nothing to show"}</p>`}
    </div>
  </details>`;
}
