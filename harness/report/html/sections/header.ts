import type { Verdict } from "../../../errors.ts";
import type { Blame } from "../../../record/blame.ts";
import { isRed } from "../../../record/outcome.ts";
import type { FailureRecord, RunRecord, TestRecord } from "../../../record/record.ts";
import { blameParts, blameTitle } from "../../parts/blame.ts";
import { changeLines } from "../../parts/change.ts";
import { failureParts, type Part, testParts } from "../../parts/failure.ts";
import { distinctSteps, endings, tallyMilestones } from "../../tally.ts";
import { count, duration, headline, moment } from "../../text.ts";
import { headlineOf, lead, milestoneTitle, trialText } from "../../labels.ts";
import { linkTo } from "../../anchors.ts";
import { placesOf } from "../../places.ts";
import type { PageContext } from "../context.ts";
import { html, Markup } from "../document/markup.ts";
import { codeBox, partList, placeLink } from "../parts.ts";

/** Failures of tests that are told at the top, each with the tests that failed so. */
const mostFaults = 3;

/** Files beside the page that other reporters write of every run. */
const runFiles = ["run.json", "journal.jsonl", "trace.json", "run.sarif"];

const icons = {
  good: new Markup('<path d="M4 13.5 9.5 19 20 6.5"/>'),
  bad: new Markup('<path d="M6 6 18 18M18 6 6 18"/>'),
};

/** What stands at the top of a page: how it ended, as a sign and in words, of what, and files beside the page. */
export const top = (
  verdict: Verdict,
  {
    title,
    text,
    about,
    files,
  }: Readonly<Record<"title" | "text", string>> & {
    readonly about: readonly Markup[];
    readonly files: readonly string[];
  },
): Markup =>
  html`<header class="${verdict}">
    <div class="mark">
      <svg
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2.6"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
      >
        ${verdict === "passed" ? icons.good : icons.bad}
      </svg>
    </div>
    <div>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      <div class="meta">${about}</div>
      <p class="links">${files.map((file) => html`<a href="${file}">${file}</a> `)}</p>
    </div>
  </header>`;

/** Verdict and blame, the failure that decided it, and the run in figures. */
export const header = (record: RunRecord, beside: PageContext): Markup =>
  html`${top(record.verdict, { title: headlineOf(record), text: lead(record), about: meta(record), files: runFiles })}
    ${changeLines(record).map((line) => html`<p class="soft">${line}</p>`)} ${suspect(record, beside)}
    ${faults(record, beside)} ${blames(record)}
    <div class="card figures">${figures(record)}</div>`;

/** What the verdict rests on, first what decided it: failures of the run, and tests that failed unless one of those did. */
function faults(record: RunRecord, { anchors, addresses }: PageContext): Markup[] {
  const { failure, tests, steps, verdict } = record;
  const decides = (own: FailureRecord | undefined): boolean => own?.verdict === verdict;
  const ended = endings(record).map((own) => {
    const step = steps.find(({ key }) => key === own.step);
    const place = own.location && placeLink(own.location, addresses);
    return fault(own.message, own, failureParts(own), step && anchors.step(step), place);
  });
  if (decides(failure)) return ended;
  const failed = tests
    .filter(isRed)
    .toSorted((a, b) => Number(decides(b.failure)) - Number(decides(a.failure)) || lateness(a) - lateness(b));
  // A preparation that tests share fails in the same words for each.
  const alike = [...Map.groupBy(failed, ({ failure: own }) => own && headline(own.message)).values()];
  const shown = alike.slice(0, mostFaults);
  const cards = shown.flatMap(([test, ...others]) => {
    if (!test?.failure) return [];
    const title = `${milestoneTitle(record, test.milestone)}: ${test.failure.message}`;
    const places = placesOf(test, record);
    const place = places.guide && placeLink(places.guide, addresses);
    const also = others.map(({ name }) => name).join("\n");
    const parts = [
      ...testParts(test, steps),
      ...(also === "" ? [] : [{ name: "also", text: also }]),
      ...failureParts(test.failure),
    ];
    return [fault(title, test.failure, parts, anchors.test(test), place)];
  });
  const more = failed.length - shown.flat().length;
  const rest = more > 0 ? [html`<p class="soft">${count(more, "more test")} failed; see below.</p>`] : [];
  return [...cards, ...rest, ...ended];
}

/** What was not waited for says more plainly why it failed. */
const lateness = ({ failure }: TestRecord): number => Number(failure?.late !== undefined);

/** The step to look at first, with what changed in it: what a reader came for. */
function suspect(record: RunRecord, { anchors, addresses }: PageContext): Markup | undefined {
  const [first] = record.blames ?? [];
  const [step] = first?.steps ?? [];
  const told = first && suspectPart(first);
  if (!step || !told) return undefined;
  const ran = record.steps.find(({ id }) => id === step.id);
  return html`<section class="card fault guide">
    <h2>Look first at ${step.id} on ${first.machine ?? step.machines.join(", ")}</h2>
    <p class="links">
      ${ran && html`<a href="${linkTo(anchors.step(ran))}">the step</a>`}
      ${placeLink(step.location, addresses)}
    </p>
    ${codeBox(told.text)}
  </section>`;
}

const suspectPart = (blame: Blame): Part | undefined =>
  blameParts(blame).find(({ name }) => name === "suspect");

/** Where each red milestone comes from; folded, if it is where the first does. The first's suspect stands above. */
function blames(record: RunRecord): Markup[] {
  const [first, ...others] = record.blames ?? [];
  if (!first) return [];
  const title = (blame: Blame): string => `Blame: ${blameTitle(record, blame)}`;
  const open = (blame: Blame, parts: readonly Part[]): Markup =>
    html`<section class="card fault guide">
      <h2>${title(blame)}</h2>
      ${partList(parts)}
    </section>`;
  const known = first.steps[0]?.id;
  return [
    open(
      first,
      blameParts(first).filter(({ name }) => name !== "suspect"),
    ),
    ...others.map((blame) =>
      known === undefined || blame.steps[0]?.id !== known
        ? open(blame, blameParts(blame))
        : html`<details class="card fault guide">
            <summary><h2>${title(blame)}: ${known}</h2></summary>
            ${partList(blameParts(blame))}
          </details>`,
    ),
  ];
}

function fault(
  title: string,
  { verdict }: FailureRecord,
  parts: readonly Part[],
  anchor: string | undefined,
  place: Markup | undefined,
): Markup {
  const [first, ...rest] = title.split("\n");
  return html`<section class="card fault ${verdict}">
    <h2>${first}</h2>
    <p class="links">
      ${anchor !== undefined && html`<a href="${linkTo(anchor)}">where it happened</a>`} ${place}
    </p>
    ${rest.length > 0 && codeBox(rest.join("\n"))} ${partList(parts.filter(({ name }) => name !== "fault"))}
  </section>`;
}

function meta(record: RunRecord): Markup[] {
  const items: [name: string, value: string | undefined][] = [
    ["", record.command],
    ["", moment(record.startedAt)],
    ["commit", record.commit],
    ["machines", record.provider],
    ["artifacts", record.artifactSet],
    ["suites on trial", record.trial && trialText(record, record.trial)],
  ];
  return aboutItems(items);
}

/** What a page is of, as name and value; those without a value are left out. */
export const aboutItems = (
  items: readonly (readonly [name: string, value: string | undefined])[],
): Markup[] =>
  items.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [html`<span>${name && `${name} `}<b class="${name === "commit" && "mono"}">${value}</b></span>`],
  );

function figures(record: RunRecord): Markup[] {
  const { assists, durationMs } = record;
  const steps = distinctSteps(record);
  const milestones = tallyMilestones(record.tests);
  const tests = milestones.flatMap((milestone) => milestone.tests);
  const proved = milestones.filter(({ outcome }) => outcome === "passed").length;
  const good = steps.filter(({ outcome }) => outcome === "passed").length;
  const passed = tests.filter(({ outcome }) => outcome === "passed").length;
  const kinds = new Set(assists.map(({ id }) => id)).size;
  const all: [value: string, name: string][] = [
    [duration(durationMs), "from start to end"],
    [share(proved, milestones.length), "milestones proved"],
    ...(steps.length === 0 ? [] : [[share(good, steps.length), "steps passed"] as [string, string]]),
    // Of tests that nobody knows there is no share.
    milestones.some(({ unreached }) => unreached)
      ? [String(passed), "tests passed, others not reached"]
      : [share(passed, tests.length), "tests passed"],
    [String(assists.length), `assists of ${count(kinds, "kind")}`],
  ];
  return all.map(([value, name]) => html`<div><strong>${value}</strong><span>${name}</span></div>`);
}

const share = (some: number, all: number): string =>
  all === 0 ? "none" : some === all ? `${all}` : `${some} of ${all}`;
