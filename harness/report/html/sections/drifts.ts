import type { DriftRecord } from "../../../record/observed.ts";
import type { RunRecord } from "../../../record/record.ts";
import { driftRows, someValues } from "../../parts/drifts.ts";
import { html, type Markup } from "../document/markup.ts";
import { outcomeWord, table } from "../parts.ts";

const width = 240;
const height = 48;
/** Room for the line's own width. */
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

/** Where values are drawn, from the least to the most. */
function scale(all: readonly number[], size: number): (one: number) => number {
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return (one) => (most === least ? size / 2 : edge + ((one - least) / (most - least)) * (size - 2 * edge));
}

/** Values as a line from the least to the most. */
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
