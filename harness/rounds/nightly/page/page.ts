import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { html, type Markup } from "../../../report/html/markup.ts";
import { document } from "../../../report/html/document.ts";
import { count, duration } from "../../../report/text.ts";
import { flakesOf } from "../history/flakes.ts";
import type { NightlyRun } from "../history/history.ts";
import { durations, strip, pageStyle } from "./drawings.ts";
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

/** Nights that the page draws and lists. */
const shownNights = 60;
const shownFlakes = 40;

/** `history.html` beside `history.json`. */
export const pageFile = (history: string): string => `${history.replace(/\.json$/, "")}.html`;

/** A run's report as the page links it; undefined if retention has taken it. */
export const linkTo =
  (reports: string, history: string) =>
  (run: string): string | undefined => {
    const report = join(reports, run, "report.html");
    return existsSync(report) ? relative(dirname(history), report) : undefined;
  };

/** The whole page, with nothing outside of itself but links to the runs' reports. */
export function page(
  nights: readonly NightlyRun[],
  trendOver: number,
  link: (run: string) => string | undefined,
): string {
  const shown = nights.slice(-shownNights);
  const last = shown.at(-1);
  const flakes = flakesOf(nights);
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
    <h2>Verdicts <small>the newest at the right</small></h2>
    <div class="card timeline">${strip(shown, link)}</div>
    ${durations(shown)}
    <h2>Flakes <small>another result although commit and inputs were the same</small></h2>
    ${
      flakes.length === 0
        ? html`<p class="soft">None.</p>`
        : table(
            flakes
              .slice(0, shownFlakes)
              .map((flake) => [
                flakeName(flake),
                flake.kind,
                flakeResults(flake),
                `last ${began({ startedAt: flake.lastFlip })}`,
              ]),
          )
    }
    ${flakes.length > shownFlakes && html`<p class="soft">and ${flakes.length - shownFlakes} more, in history.json</p>`}
    <h2>Nights</h2>
    ${table(shown.map((night, index) => row(night, lastKnown(shown.slice(0, index)), link)).toReversed())}`;
  return document(title, body, pageStyle);
}

/** On what a night ran, and what that leaves unproved. */
const ranOn = ({ provider, artifactSet, notProved = [] }: NightlyRun): Markup[] => [
  ...(provider === undefined || artifactSet === undefined
    ? []
    : [html`<span>on machines of <b>${provider}</b>, artifact set <b>${artifactSet}</b></span>`]),
  ...(notProved.length === 0 ? [] : [html`<span>not proved by it: <b>${notProved.join(", ")}</b></span>`]),
];

function row(
  night: NightlyRun,
  before: NightlyRun | undefined,
  link: (run: string) => string | undefined,
): (string | Markup)[] {
  const { verdict, run, durationMs, attempts, commit, message } = night;
  const href = run === undefined ? undefined : link(run);
  const changed = changedSince(before, night);
  const notes = [
    message,
    attempts.length > 1 && "repeated for its infrastructure",
    changed.length > 0 && `changed: ${changed.join(", ")}`,
  ];
  return [
    html`<span class="nowrap"><i class="dot ${verdict}"></i> ${began(night)}</span>`,
    href === undefined ? verdictWord(verdict) : html`<a href="${href}">${verdictWord(verdict)}</a>`,
    durationMs === undefined ? "" : html`<span class="nowrap">${duration(durationMs)}</span>`,
    html`<span class="mono">${commit ?? ""}</span>`,
    notes.filter(Boolean).join("; "),
  ];
}

const table = (rows: readonly (readonly (string | Markup)[])[]): Markup =>
  html`<div class="card list">
    <table>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </table>
  </div>`;
