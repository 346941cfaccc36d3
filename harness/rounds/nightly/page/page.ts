import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { html, type Markup } from "../../../report/html/document/markup.ts";
import { document } from "../../../report/html/document/document.ts";
import { count, duration } from "../../../report/text.ts";
import { isRed } from "../../../record/outcome.ts";
import { table } from "../../../report/html/parts.ts";
import { type Flake, flakesOf } from "../history/flakes.ts";
import type { NightlyRun } from "../history/history.ts";
import { durations, strip } from "./drawings.ts";
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

/** `history.html` beside `history.json`. */
export const pageFile = (history: string): string => `${history.replace(/\.json$/, "")}.html`;

/**
 * Where a night's report is, for readers of the page: at the CI job that published it, else below the page's own folder, which
 * is published as a whole. Undefined if it is elsewhere, or if retention has taken it.
 */
export const reportOf =
  (reports: string, history: string) =>
  ({
    url,
    run,
  }: {
    readonly url?: string | undefined;
    readonly run?: string | undefined;
  }): string | undefined => {
    if (url !== undefined || run === undefined) return url;
    const file = join(reports, run, "report.html");
    const path = relative(dirname(history), file);
    return path.startsWith("..") || !existsSync(file) ? undefined : encodeURI(path);
  };

type Link = (night: NightlyRun) => string | undefined;

/** The whole page, with nothing outside of itself but links to the runs' reports. */
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

/** A line, and behind it those that it stands for. */
const fold = (line: string, more: readonly string[]): Markup =>
  html`<details>
    <summary>${line}</summary>
    <ul>
      ${more.map((one) => html`<li>${one}</li>`)}
    </ul>
  </details>`;

/** On what a night ran, and what that leaves unproved. */
const ranOn = ({ provider, artifactSet, notProved = [] }: NightlyRun): Markup[] => [
  ...(provider === undefined || artifactSet === undefined
    ? []
    : [html`<span>on machines of <b>${provider}</b>, artifact set <b>${artifactSet}</b></span>`]),
  ...(notProved.length === 0 ? [] : [html`<span>not proved by it: <b>${notProved.join(", ")}</b></span>`]),
];

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

/** Steps and tests that were red. */
const redIn = ({ steps, tests }: NightlyRun): string[] =>
  Object.entries({ ...steps, ...tests }).flatMap(([name, outcome]) => (isRed({ outcome }) ? [name] : []));
