import type { DriftRecord } from "../../../record/observed.ts";
import type { ClaimRecord, RunRecord } from "../../../record/record.ts";
import { linkTo } from "../../anchors.ts";
import { milestoneTitle } from "../../labels.ts";
import { driftRows, someValues } from "../../parts/drifts.ts";
import { faultRows } from "../../parts/faults.ts";
import { count } from "../../text.ts";
import type { PageContext } from "../context.ts";
import { html, type Markup } from "../document/markup.ts";
import { outcomeWord, table } from "../parts.ts";

/** The guide's claims: which tests name each, how those ended, and what follows. Nothing where no test was to run. */
export function claims(record: RunRecord, { anchors }: PageContext): Markup | undefined {
  const { claims: all = [], tests } = record;
  if (all.length === 0 || tests.length === 0) return undefined;
  const proved = all.filter(({ result }) => result === "proved").length;
  const row = ({ id, text, result, tests: own, reason = "" }: ClaimRecord): (string | Markup)[] => [
    html`<b>${id}</b><br /><small class="soft">${text}</small>`,
    html`${own.map(
      ({ milestone, name, outcome }) =>
        html`<div>
          ${outcomeWord(outcome)}
          <a href="${linkTo(anchors.milestone(milestone))}">${milestoneTitle(record, milestone)}</a>: ${name}
        </div>`,
    )}`,
    result,
    reason,
  ];
  if (all.every(({ result, tests: own }) => own.length === 0 && result === "not proved"))
    return html`<h2>Claims</h2>
      <p class="soft">The tests of this run name none of the guide's ${count(all.length, "claim")}.</p>`;
  return html`<h2>Claims <small>of the guide: ${proved} of ${count(all.length, "claim")} proved</small></h2>
    ${table(["claim", "tests", "result", "why"], all.map(row))}`;
}

const columns = ["fault", "went on", "broke", "noticed after", "undone after", "recovery took", "milestones"];

/** What was taken away from the running cluster, and what came of it. Nothing where nothing was. */
export function faults(record: RunRecord): Markup | undefined {
  const rows = faultRows(record);
  if (rows.length === 0) return undefined;
  return html`<h2>Faults <small>of the running cluster: ${count(rows.length, "fault")}</small></h2>
    ${table(
      columns,
      rows.map(({ name, wentOn, broke, noticed, undone, back, outcome }) => [
        html`<b>${name}</b>`,
        html`<small class="soft">${wentOn}</small>`,
        html`${broke.map((one) => html`<div>${one}</div>`)}`,
        noticed,
        undone,
        back,
        outcomeWord(outcome),
      ]),
    )}`;
}

const width = 240;
const height = 48;
const edge = 2;

/** What was measured again and again: a line each, its values, and what it grew by. Nothing where nothing was. */
export function drifts(record: RunRecord): Markup | undefined {
  const rows = driftRows(record);
  if (rows.length === 0) return undefined;
  return html`<h2>Over time <small>${rows.length} measured series</small></h2>
    ${table(
      ["series", "plot", "from, to", "growth per hour", "allowed", "outcome"],
      rows.map(({ name, values, perHour, bound, outcome, drift }) => [
        html`<b>${name}</b>`,
        html`${plot(drift, name, `${values}, ${perHour} an hour`)}
          <details>
            <summary class="soft">values</summary>
            ${table(["minute", drift.unit], someValues(drift))}
          </details>`,
        values,
        perHour,
        bound,
        outcomeWord(outcome),
      ]),
    )}`;
}

function scale(all: readonly number[], size: number): (one: number) => number {
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return (one) => (most === least ? size / 2 : edge + ((one - least) / (most - least)) * (size - 2 * edge));
}

function plot({ samples }: DriftRecord, title: string, description: string): Markup | undefined {
  if (samples.length < 2) return undefined;
  const times = samples.map(([at]) => at);
  const values = samples.map(([, value]) => value);
  const [x, y] = [scale(times, width), scale(values, height)];
  const points = samples.map(([at, value]) => `${x(at).toFixed(1)},${(height - y(value)).toFixed(1)}`);
  return html`<svg
    class="drift"
    viewBox="0 0 ${width} ${height}"
    width="${width}"
    height="${height}"
    role="img"
  >
    <title>${title}</title>
    <desc>${description}</desc>
    <polyline points="${points.join(" ")}" />
  </svg>`;
}
