import { html, Markup } from "../../../report/html/markup.ts";
import { duration } from "../../../report/text.ts";
import { median } from "../../bench/statistics.ts";
import type { NightlyRun } from "../history/history.ts";
import { began, verdictWord } from "./labels.ts";

/** Beside the reports' style. */
export const pageStyle = new Markup(`
.strip { display: flex; gap: 3px; }
.strip > * { flex: 1 1 0; max-width: 26px; height: 34px; border-radius: 4px; background: var(--tone); }
.lost { --tone: var(--skipped); }
.strip .lost { background: none; border: 2px dashed var(--tone); }
.dot.lost { background: none; border: 2px solid var(--tone); }
.line { fill: none; stroke: var(--s2); stroke-width: 2; vector-effect: non-scaling-stroke; }
.median { stroke: var(--soft); stroke-dasharray: 5 5; vector-effect: non-scaling-stroke; }
`);

const width = 1000;
const height = 160;

/** A box a night, in its verdict's colour. */
export const strip = (nights: readonly NightlyRun[], link: (run: string) => string | undefined): Markup =>
  html`<div class="strip">
    ${nights.map((night) => {
      const title = [began(night), verdictWord(night.verdict), night.message].filter(Boolean).join(", ");
      const href = night.run === undefined ? undefined : link(night.run);
      return href === undefined
        ? html`<i class="${night.verdict}" title="${title}"></i>`
        : html`<a class="${night.verdict}" title="${title}" href="${href}"></a>`;
    })}
  </div>`;

/** The green nights' durations as a line from zero, with their median; undefined for fewer than two. */
export function durations(nights: readonly NightlyRun[]): Markup | undefined {
  const green = nights.flatMap(({ verdict, durationMs }) =>
    verdict === "passed" && durationMs !== undefined ? [durationMs] : [],
  );
  if (green.length < 2) return undefined;
  const most = Math.max(...green, 1) * 1.1;
  const y = (ms: number): string => (height - (ms / most) * height).toFixed(1);
  const points = green.map((ms, index) => `${((index / (green.length - 1)) * width).toFixed(1)},${y(ms)}`);
  const middle = median(green);
  return html`<h2>
      Duration <small>of green nights; the dashed line is their median, ${duration(middle)}</small>
    </h2>
    <div class="card timeline">
      <div class="row">
        <span>${duration(Math.min(...green))} to ${duration(Math.max(...green))}</span>
        <svg
          viewBox="0 0 ${width} ${height}"
          height="${height}"
          preserveAspectRatio="none"
          role="img"
          aria-label="durations of green nights, the newest at the right"
        >
          <line class="median" x1="0" x2="${width}" y1="${y(middle)}" y2="${y(middle)}" />
          <polyline class="line" points="${points.join(" ")}" />
        </svg>
      </div>
    </div>`;
}
