import { isRed } from "../../../record/outcome.ts";
import type { RunRecord } from "../../../record/record.ts";
import { lanes, type Slice, slicesOf } from "../../trace/slices.ts";
import { duration } from "../../text.ts";
import { html, type Markup } from "../document/markup.ts";

/** Units of the drawings' width; they are stretched to the page. */
const width = 10_000;
const laneHeight = 16;
const thinnest = 12;

/** Who worked when: a row for the harness, each machine and the suites, on one axis. */
export function timeline(record: RunRecord): Markup | undefined {
  const tracks = [...Map.groupBy(slicesOf(record), ({ track }) => track)];
  if (tracks.length === 0) return undefined;
  const total = Math.max(record.durationMs, 1);
  const tops = new Set(record.steps.map((step) => topSection(step.section)));
  return html`<h2>Timeline</h2>
    <div class="card timeline">
      ${tracks.map(([track, slices]) => row(track, slices, total))}
      <div class="row">
        <span></span>
        <div class="axis">
          ${ticks(total).map((ms) => html`<i style="left:${((ms / total) * 100).toFixed(2)}%">${tickText(ms)}</i>`)}
        </div>
      </div>
      <div class="legend">
        ${[...tops].toSorted().map((top) => html`<span><i class="bar-${top}"></i>section ${top}</span>`)}
        <span><i class="bar-span"></i>harness and help ahead of its turn</span>
      </div>
    </div>`;
}

function row(track: string, slices: readonly Slice[], total: number): Markup {
  const rows = lanes(slices);
  const bars = rows.flatMap((lane, index) => lane.map((slice) => bar(slice, index * laneHeight, total)));
  const height = rows.length * laneHeight;
  return html`<div class="row">
    <span>${track}</span
    ><svg
      viewBox="0 0 ${width} ${height}"
      height="${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="what ${track} did when"
    >
      ${bars}
    </svg>
  </div>`;
}

function bar(
  { name, startMs, durationMs, category, section, outcome }: Slice,
  y: number,
  total: number,
): Markup {
  const x = (startMs / total) * width;
  const wide = Math.max((durationMs / total) * width, thinnest);
  const colour =
    category === "span"
      ? "span"
      : `bar-${section === undefined || isRed({ outcome }) ? outcome : topSection(section)}`;
  return html`<rect
    class="${colour}"
    x="${x.toFixed(0)}"
    y="${y + 2}"
    width="${wide.toFixed(0)}"
    height="${laneHeight - 4}"
    ><title>${[name, outcome, duration(durationMs)].filter(Boolean).join(", ")}</title></rect
  >`;
}

const topSection = (section: string): string => section.split(".", 1)[0] ?? "";

function ticks(total: number): number[] {
  const steps = [
    100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
  ];
  const step = steps.find((each) => total / each <= 10) ?? 3_600_000;
  return Array.from({ length: Math.floor(total / step) + 1 }, (_, index) => index * step);
}

const tickText = (ms: number): string =>
  ms < 120_000 ? `${ms / 1000} s` : `${Math.round(ms / 6000) / 10} min`;
