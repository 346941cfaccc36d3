import chalk from "chalk";
import { duration, shortened } from "../../../report/text.ts";
import { columns } from "../../columns.ts";
import { flakesOf, flippedIn } from "../history/flakes.ts";
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

const shownNights = 10;
const shownFlakes = 8;

/** The last nights, the trend and the flakes, for a terminal or a CI log; the oldest night first. */
export function table(nights: readonly NightlyRun[], trendOver: number): string {
  const last = nights.at(-1);
  if (!last) return "No night yet.";
  const shown = nights.slice(-shownNights);
  const rows = shown.map((night) => [
    began(night),
    tone(night)(verdictWord(night.verdict)),
    time(night.durationMs),
    time(night.phases["up"]),
    time(night.phases["apply"]),
    time(night.phases["suites"]),
    night.attempts.length > 1 ? "repeated" : "",
    night.commit ?? "",
    short(night.message ?? ""),
  ]);
  const head = ["began (UTC)", "verdict", "took", "up", "apply", "suites", "", "commit", ""].map((text) =>
    chalk.dim(text),
  );
  const flakes = flakesOf(nights);
  const now = flippedIn(flakes, last);
  const known = lastKnown(nights.slice(0, -1));
  const changed = changedSince(known, last);
  const facts: [string, string | undefined][] = [
    ["trend", trendLine(trendOf(nights, trendOver)) ?? "nothing to compare with"],
    ["changed", known && changed.length > 0 ? `${changed.join(", ")}, since ${began(known)}` : undefined],
    ["repeated", retryLine(nights.slice(-30))],
    ["flakes", flakes.length === 0 ? "none" : `${flakes.length}, ${now.length} of them flipped tonight`],
  ];
  return [
    ...columns([head, ...rows]),
    "",
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(9)} ${text}`])),
    ...flakes.slice(0, shownFlakes).map((flake) => {
      const mark = now.includes(flake) ? chalk.red("flipped") : chalk.yellow("earlier");
      return `          ${mark}  ${flake.kind.padEnd(9)} ${short(flakeName(flake))}: ${flakeResults(flake)}`;
    }),
    ...(flakes.length > shownFlakes ? [`          and ${flakes.length - shownFlakes} more`] : []),
  ].join("\n");
}

/** The page has the whole text. */
const short = (text: string): string => shortened(text, 64);

const time = (ms: number | undefined): string => (ms === undefined ? "" : duration(ms));

function tone({ verdict }: NightlyRun): (text: string) => string {
  if (verdict === "passed") return chalk.green;
  return verdict === "interrupted" || verdict === "lost" ? chalk.yellow : chalk.red;
}
