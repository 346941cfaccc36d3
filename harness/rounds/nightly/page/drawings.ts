import { html, type Markup } from "../../../report/html/document/markup.ts";
import { duration } from "../../../report/text.ts";
import { median } from "../../bench/statistics.ts";
import type { NightlyRun } from "../history/history.ts";
import { began, verdictWord } from "./labels.ts";

const width = 1000;
const height = 160;

/** The nights as the days of their months, each in its verdict's colour. */
export function strip(
  nights: readonly NightlyRun[],
  link: (night: NightlyRun) => string | undefined,
): Markup {
  const months = Map.groupBy(nights, ({ startedAt }) => startedAt.slice(0, "2019-04".length));
  return html`<div class="card strip">
    ${[...months].map(
      ([month, own]) =>
        html`<div>
          <span class="soft">${month}</span>
          ${own.map((night) => day(night, link(night)))}
        </div>`,
    )}
    <p class="soft">${legend(nights)}</p>
  </div>`;
}

function day(night: NightlyRun, href: string | undefined): Markup {
  const { verdict, startedAt, message } = night;
  const name = [began(night), verdictWord(verdict), message].filter(Boolean).join(", ");
  const number = startedAt.slice(8, 10);
  return href === undefined
    ? html`<span class="day ${verdict}" role="img" aria-label="${name}" title="${name}">${number}</span>`
    : html`<a class="day ${verdict}" aria-label="${name}" title="${name}" href="${href}">${number}</a>`;
}

/** `57 Passed, 2 The guide failed, 1 Lost`, each with its colour. */
const legend = (nights: readonly NightlyRun[]): Markup[] =>
  [...Map.groupBy(nights, ({ verdict }) => verdict)].map(
    ([verdict, own]) => html`<span class="outcome ${verdict}">${own.length} ${verdictWord(verdict)}</span> `,
  );

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
    <div class="card graph">
      <span class="soft">${duration(Math.min(...green))} to ${duration(Math.max(...green))}</span>
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
    </div>`;
}
