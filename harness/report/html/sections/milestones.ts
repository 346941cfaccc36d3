import type { Hop } from "../../../record/observed.ts";
import { isRed } from "../../../record/outcome.ts";
import type { RunRecord, TestRecord } from "../../../record/record.ts";
import { linkTo } from "../../anchors.ts";
import { milestoneTitle } from "../../labels.ts";
import { testParts } from "../../parts/failure.ts";
import { placesOf } from "../../places.ts";
import { type MilestoneTally, tallyMilestones, timeOf } from "../../tally.ts";
import { aheadText, count, duration } from "../../text.ts";
import type { PageContext } from "../context.ts";
import { html, type Markup } from "../document/markup.ts";
import { failureBox, links, outcomeWord } from "../parts.ts";

/** Milestones as tiles, then their tests with what each looked at. */
export function milestones(record: RunRecord, beside: PageContext): Markup {
  const tallies = tallyMilestones(record.tests);
  if (tallies.length === 0) {
    return html`<h2>Milestones</h2>
      <p class="soft">No suite ran.</p>`;
  }
  return html`<h2>Milestones</h2>
    <div class="tiles">${tallies.map((tally) => tile(record, tally, beside))}</div>
    <h2>Tests <small>what each milestone was held against</small></h2>
    <div class="card list wide">${tallies.map((tally) => testsOf(record, tally, beside))}</div>`;
}

const state = ({ counts, tests, unreached }: MilestoneTally): string =>
  [
    unreached && "not reached",
    counts.failed > 0 && `${counts.failed} failed`,
    counts.error > 0 && count(counts.error, "error"),
    counts.passed > 0 && (counts.passed === tests.length ? "proved" : `${counts.passed} passed`),
    counts.skipped > 0 && `${counts.skipped} skipped`,
  ]
    .filter(Boolean)
    .join(", ");

function tile(record: RunRecord, tally: MilestoneTally, { anchors }: PageContext): Markup {
  const { milestone, outcome, tests, durationMs } = tally;
  const sections = sectionsOf(tests);
  return html`<a class="card tile ${outcome}" href="${linkTo(anchors.milestone(milestone))}"
    ><b>${milestoneTitle(record, milestone)}</b> <span class="state">${state(tally)}</span>
    <span>${!tally.unreached && `${count(tests.length, "test")}, `}${duration(durationMs)}</span>
    ${sections && html`<br /><span>guards ${sections}</span>`}</a
  >`;
}

function sectionsOf(tests: readonly TestRecord[]): string {
  const all = [...new Set(tests.flatMap(({ sections }) => sections))];
  const shown = all.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return shown.length > 5 ? `${shown.slice(0, 4).join(", ")} and ${shown.length - 4} more` : shown.join(", ");
}

const testsOf = (record: RunRecord, tally: MilestoneTally, beside: PageContext): Markup =>
  html`<details
    class="group"
    id="${beside.anchors.milestone(tally.milestone)}"
    data-outcome="${tally.outcome}"
    ${isRed(tally) && "open"}
  >
    <summary>
      ${outcomeWord(tally.outcome)}
      <span>${milestoneTitle(record, tally.milestone)}</span>
      <span class="aside soft"
        >${tally.outcome === "passed" ? count(tally.tests.length, "test") : state(tally)}</span
      >
      <span class="time">${duration(tally.durationMs)}</span>
    </summary>
    ${[...tally.tests, ...(tally.unreached ? [tally.unreached] : [])].map((test) => testItem(test, record, beside))}
  </details>`;

const machinesOf = ({ looks = [], failure }: TestRecord): string[] => [
  ...new Set([...looks.map(({ machine }) => machine), ...(failure?.machine ? [failure.machine] : [])]),
];

function testItem(test: TestRecord, record: RunRecord, { anchors, addresses }: PageContext): Markup {
  const { name, outcome, sections, ahead, facts, failure, skipped, hops = [] } = test;
  const known = Object.entries(facts);
  const anchor = anchors.test(test);
  const { guide, test: stands } = placesOf(test, record);
  return html`<details
    class="item test"
    id="${anchor}"
    data-outcome="${outcome}"
    data-machine="${machinesOf(test).join(" ")}"
    data-section="${sections.join(" ")}"
    ${isRed(test) && "open"}
  >
    <summary>
      ${outcomeWord(outcome)}
      <span>${name}</span>
      <span class="aside soft">${sectionsOf([test])}</span>
      <span class="time">${duration(timeOf(test))}</span>
    </summary>
    <div class="body">
      ${links(anchor, [guide, stands], addresses)} ${failureBox(failure, testParts(test, record.steps))}
      ${hops.length > 0 && sequence(hops)}
      ${!failure && sections.length > 5 && html`<p class="soft">guards ${sections.join(", ")}</p>`}
      ${ahead && html`<p class="soft">${aheadText(ahead)}</p>`}
      ${skipped !== undefined && html`<p class="soft">not run: ${skipped}</p>`}
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
    </div>
  </details>`;
}

const column = 190;
const line = 34;
const head = 28;
/** Room beside the first actor's line for the times, in pixels. */
const left = 90;

/** Hops as a sequence diagram: a column an actor, a line a hop, with its time. */
function sequence(hops: readonly Hop[]): Markup {
  const actors = [...new Set(hops.flatMap(({ from, to }) => [from, to]))];
  const x = (actor: string): number => left + column * (actors.indexOf(actor) + 0.5);
  const [width, height] = [left + column * actors.length, head + line * (hops.length + 0.5)];
  return html`<div class="sequence" tabindex="0">
    <svg
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="who asked whom"
    >
      ${actors.map(
        (actor) =>
          html`<text class="actor" x="${x(actor)}" y="14">${actor}</text>
            <path class="life" d="M${x(actor)} ${head - 6}V${height}" />`,
      )}
      ${hops.map((hop, index) => arrow(hop, head + line * (index + 0.7), x))}
    </svg>
  </div>`;
}

function arrow({ from, to, what, atMs }: Hop, y: number, x: (actor: string) => number): Markup {
  const [start, end] = [x(from), x(to)];
  const back = end > start ? -7 : 7;
  return html`<text class="at" x="0" y="${y + 4}">${atMs.toFixed(0)} ms</text>
    <path class="hop" d="M${start} ${y}H${end}m${back} -4L${end} ${y}L${end + back} ${y + 4}" />
    <text class="what" x="${(start + end) / 2}" y="${y - 5}">${what}<title>${what}</title></text>`;
}
