import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isRed } from "../../../record/outcome.ts";
import { document } from "../../../report/html/document/document.ts";
import { html, type Markup } from "../../../report/html/document/markup.ts";
import { table } from "../../../report/html/parts.ts";
import { count, duration } from "../../../report/text.ts";
import { median } from "../../bench/statistics.ts";
import { type Flake, flakesOf } from "../history/flakes.ts";
import type { NightlyRun } from "../history/history.ts";
import { trendOf } from "../history/trend.ts";
import {
  began,
  changedSince,
  flakeName,
  flakeResults,
  lastKnown,
  retryLine,
  trendLine,
  verdictWord,
} from "./labels.ts";

/** Nights that the page draws and lists, and of those that brought flakes to light. */
const shownNights = 60;
const shownFlakes = 20;

type Link = (night: NightlyRun) => string | undefined;

/** `history.html` beside `history.json`. */
export const pageFile = (history: string): string => `${history.replace(/\.json$/, "")}.html`;

/**
 * Where a night's report is, for readers of the page: at the CI job that published it, else below the page's own folder, which
 * is published as a whole. Undefined if it is elsewhere, or if retention has taken it.
 */
export const reportOf =
  (reports: string, history: string) =>
  ({ url, run }: Pick<NightlyRun, "url" | "run">): string | undefined => {
    if (url !== undefined || run === undefined) return url;
    const file = join(reports, run, "report.html");
    const path = relative(dirname(history), file);
    return path.startsWith("..") || !existsSync(file) ? undefined : encodeURI(path);
  };

export function page(nights: readonly NightlyRun[], trendOver: number, link: Link): string {
  const shown = nights.slice(-shownNights);
  const last = shown.at(-1);
  const trend = trendLine(trendOf(nights, trendOver));
  const green = shown.filter(({ verdict }) => verdict === "passed").length;
  const title = `Nightly: ${last ? verdictWord(last.verdict) : "no night yet"}`;
  const body = html`<h1>Nightly</h1>
    <p class="lead">${last ? `${verdictWord(last.verdict)}, ${began(last)} UTC` : "No night yet."}</p>
    <div class="meta">
      <span><b>${green}</b> of the last ${count(shown.length, "night")} green</span>
      <span>repeated: <b>${retryLine(shown)}</b></span>
      ${trend && html`<span>trend: <b>${trend}</b></span>`} ${last && ranOn(last)}
    </div>
    <h2>Verdicts</h2>
    ${strip(shown, link)} ${durations(shown)}
    <h2>Flakes <small>another result although commit and inputs were the same</small></h2>
    ${flakeTable(flakesOf(nights))}
    <h2>Nights</h2>
    ${table(
      ["began (UTC)", "verdict", "took", "commit", "what failed, and what changed"],
      shown.map((night, index) => row(night, lastKnown(shown.slice(0, index)), link)).toReversed(),
    )}`;
  return document(title, body, { look: "history" });
}

/** A line for each night that brought some to light, however many they are. */
function flakeTable(flakes: readonly Flake[]): Markup {
  if (flakes.length === 0) return html`<p class="soft">None.</p>`;
  const nights = [...Map.groupBy(flakes, ({ lastFlip }) => lastFlip)].slice(0, shownFlakes);
  return table(
    ["last (UTC)", "commit", "what flipped"],
    nights.map(([startedAt, own]) => {
      const lines = own.map((flake) => `${flakeName(flake)}: ${flakeResults(flake)}`);
      return [
        began({ startedAt }),
        html`<span class="mono">${own[0]?.commit ?? ""}</span>`,
        own.length === 1 ? lines[0] : fold(kindsOf(own), lines),
      ];
    }),
  );
}

/** `the verdict, 2 milestones, 38 tests`. */
const kindsOf = (flakes: readonly Flake[]): string =>
  [...Map.groupBy(flakes, ({ kind }) => kind)]
    .map(([kind, own]) => (kind === "verdict" ? "the verdict" : count(own.length, kind)))
    .join(", ");

const fold = (line: string, more: readonly string[]): Markup =>
  html`<details>
    <summary>${line}</summary>
    <ul>
      ${more.map((one) => html`<li>${one}</li>`)}
    </ul>
  </details>`;

const ranOn = ({ provider, artifactSet, notProved = [] }: NightlyRun): Markup =>
  html`${provider && artifactSet && html`<span>on machines of <b>${provider}</b>, artifact set <b>${artifactSet}</b></span>`}
  ${notProved.length > 0 && html`<span>not proved by it: <b>${notProved.join(", ")}</b></span>`}`;

function row(night: NightlyRun, before: NightlyRun | undefined, link: Link): (string | Markup)[] {
  const { verdict, durationMs, attempts, commit = "", message = "" } = night;
  const href = link(night);
  const changed = changedSince(before, night);
  const notes = [
    attempts.length > 1 && "repeated for its infrastructure",
    changed.length > 0 && `changed: ${changed.join(", ")}`,
  ].filter(Boolean);
  const red = redIn(night);
  const word = verdictWord(verdict);
  return [
    html`<span class="nowrap">${began(night)}</span>`,
    html`<span class="outcome ${verdict}"
      >${href === undefined ? word : html`<a href="${href}">${word}</a>`}</span
    >`,
    durationMs === undefined ? "" : html`<span class="nowrap">${duration(durationMs)}</span>`,
    html`<span class="mono nowrap">${commit}</span>`,
    notes.length + message.length + red.length === 0
      ? ""
      : html`${red.length > 1 ? fold(message || `${red.length} red`, red) : message}
        ${notes.length > 0 && html`<p class="soft">${notes.join("; ")}</p>`}`,
  ];
}

const redIn = ({ steps, tests }: NightlyRun): string[] =>
  Object.entries({ ...steps, ...tests }).flatMap(([name, outcome]) => (isRed({ outcome }) ? [name] : []));

const width = 1000;
const height = 160;

/** The nights as the days of their months, each in its verdict's colour. */
function strip(nights: readonly NightlyRun[], link: Link): Markup {
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
function durations(nights: readonly NightlyRun[]): Markup | undefined {
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
