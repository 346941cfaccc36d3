import type { Verdict } from "../../errors.ts";
import { isRed } from "../../record/outcome.ts";
import { caseAnchor, linkTo } from "../../report/anchors.ts";
import type { Addresses } from "../../report/html/context.ts";
import { document } from "../../report/html/document/document.ts";
import { html, type Markup } from "../../report/html/document/markup.ts";
import { codeBox, links, outcomeWord, partList } from "../../report/html/parts.ts";
import { differences } from "../../report/html/sections/comparison.ts";
import { aboutItems, top } from "../../report/html/sections/header.ts";
import { finder, sectionChoice } from "../../report/html/sections/tools.ts";
import { worst } from "../../report/tally.ts";
import { count, duration, moment } from "../../report/text.ts";
import { exitCodeOf, type Kind, type Reading, readingsOf } from "../kind.ts";
import type { Round } from "../records.ts";
import { type Difference, resultChange, type Since, timeChange, togetherLine, whenLast } from "./since.ts";

type PageContext = {
  readonly since: Since;
  readonly addresses: Addresses;
  readonly files: readonly string[];
};

/** `reports/NAME.html`: the cases of a round by their results, and what differs from when they were last judged. */
export function roundPage<R>(
  kind: Kind<R>,
  round: Round<R>,
  { since, addresses, files }: PageContext,
): string {
  const readings = readingsOf(kind, round);
  const { verdict, title, text } = endOf(kind, round);
  const { commit, provider, artifacts, startedAt, shard } = round.about;
  const about = aboutItems([
    ["", kind.name],
    ["", moment(startedAt)],
    ["took", duration(round.seconds * 1000)],
    ["commit", commit],
    ["machines", provider],
    ["artifacts", artifacts],
    ["shard", shard && `${shard.index} of ${shard.of}`],
  ]);
  const sections = readings
    .flatMap(({ section }) => section ?? [])
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const body = html`${top(verdict, { title, text, about, files })}
    <h2 id="since">Since the cases were last judged <small>${togetherLine(since)}</small></h2>
    ${sinceTable(since)}
    ${finder({
      label: "Cases",
      items: { case: readings },
      choices: sections.length > 0 ? [sectionChoice(sections, () => "")] : [],
    })}
    <h2>Cases <small>${count(readings.length, "case")}, by result</small></h2>
    <div class="card list">
      ${groupsOf(readings).map(([type, own]) => groupItem(type, own, since, addresses))}
    </div>`;
  return document(title, body, { look: "report" });
}

/** How a round ended: `Suites on trial: failed`, and what its cases came to, the gravest first. */
export function endOf<R>(kind: Kind<R>, round: Round<R>): { verdict: Verdict; title: string; text: string } {
  const readings = readingsOf(kind, round);
  const isWrong = readings.some(({ outcome }) => outcome === "failed");
  const [verdict, word]: [Verdict, string] =
    exitCodeOf(kind, round) === 0
      ? ["passed", "passed"]
      : isWrong
        ? ["guide", "failed"]
        : ["infrastructure", "not judged"];
  return {
    verdict,
    title: `${kind.title.charAt(0).toUpperCase()}${kind.title.slice(1)}: ${word}`,
    text: groupsOf(readings)
      .map(([type, own]) => `${own.length} ${type}`)
      .join(", "),
  };
}

/** Cases by the word for what they came to, the gravest first. */
function groupsOf(readings: readonly Reading[]): [type: string, own: readonly Reading[]][] {
  const order = ["failed", "error", "passed", "skipped"];
  const rank = ([first]: readonly Reading[]): number => order.indexOf(first?.outcome ?? "");
  return [...Map.groupBy(readings, ({ outcome, type = outcome }) => type)].toSorted(
    ([, a], [, b]) => rank(a) - rank(b),
  );
}

const row =
  (kind: string, change: (one: Difference) => string) =>
  (one: Difference): (string | Markup)[] => [
    kind,
    html`<a href="${linkTo(caseAnchor(one.id))}">${one.id}</a>`,
    change(one),
    whenLast(one.was),
  ];

function sinceTable(since: Since): Markup {
  if (since.both + since.results.length === 0)
    return html`<p class="soft">No case was judged here before.</p>`;
  return differences(
    ["kind", "case", "change", "before"],
    [...since.results.map(row("result", resultChange)), ...since.times.map(row("duration", timeChange))],
  );
}

function groupItem(type: string, own: readonly Reading[], since: Since, addresses: Addresses): Markup {
  const outcome = worst(own);
  return html`<details
    class="group"
    id="${`result/${type.replaceAll(" ", "-")}`}"
    data-outcome="${outcome}"
    ${isRed({ outcome }) && "open"}
  >
    <summary>
      ${outcomeWord(outcome)} <span>${type}</span>
      <span class="aside soft">${count(own.length, "case")}</span>
      <span class="time">${duration(own.reduce((all, { seconds }) => all + seconds, 0) * 1000)}</span>
    </summary>
    ${own.map((reading) => caseItem(reading, since, addresses))}
  </details>`;
}

function caseItem(reading: Reading, { results, times }: Since, addresses: Addresses): Markup {
  const { name, outcome, section = "", seconds, detail = "", output = "", place, properties = {} } = reading;
  const anchor = caseAnchor(name);
  const other = results.find(({ id }) => id === name);
  const before = times.find(({ id }) => id === name)?.was;
  const facts = Object.entries(properties).filter(([, text]) => text !== "");
  return html`<details
    class="item case"
    id="${anchor}"
    data-outcome="${outcome}"
    data-section="${section}"
    ${isRed(reading) && "open"}
  >
    <summary>
      ${outcomeWord(outcome)}
      <span class="mono">${name}</span>
      <span class="aside soft"
        >${other && html`<span class="tag">was ${other.was.type}</span>`} ${section}</span
      >
      <span class="time"
        >${duration(seconds * 1000)}${before && html`<br />was ${duration(before.seconds * 1000)}`}</span
      >
    </summary>
    <div class="body">
      ${links(anchor, [place], addresses)} ${detail.trim() !== "" && codeBox(detail)}
      ${output.trim() !== "" && codeBox(output)}
      ${facts.length > 0 && partList(facts.map(([key, text]) => ({ name: key, text })))}
    </div>
  </details>`;
}
