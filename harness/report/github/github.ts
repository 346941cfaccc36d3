import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { SourceLocation } from "../../errors.ts";
import type { Reporter } from "../../record/events.ts";
import type { Blame } from "../../record/blame.ts";
import type { ClaimRecord, FailureRecord, RunRecord } from "../../record/record.ts";
import { anchorsOf, linkTo } from "../anchors.ts";
import {
  failedReproduction,
  headlineOf,
  failureHeadline,
  isBrokenOnPurpose,
  lead,
  milestoneTitle,
} from "../labels.ts";
import { blameParts, blameTitle } from "../parts/blame.ts";
import { describePart } from "../parts/failure.ts";
import { faultRows } from "../parts/faults.ts";
import { blameOfStep, placesOf } from "../places.ts";
import { countOutcomes, distinctSteps, endings, tallyMilestones } from "../tally.ts";
import { count, duration, plain } from "../text.ts";
import { annotation } from "./annotation.ts";
import { inline, table } from "./markdown.ts";

export type GithubOptions = {
  /** Where GitHub Actions names its files: GITHUB_STEP_SUMMARY and GITHUB_OUTPUT. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stderr?: Writable;
};

/** Failures that are annotated; GitHub shows ten a step. */
export const mostAnnotations = 10;

/** Lines of a failure or a blame: GitHub takes one MiB of a summary, or nothing of it. */
const mostLines = 300;

/**
 * On GitHub Actions: the step's output `report` with the run's folder, from its first moment; a summary of the job;
 * and an annotation at the guide's line for each failure. Elsewhere nothing.
 */
export function github({ env = process.env, stderr = process.stderr }: GithubOptions = {}): Reporter {
  const output = env["GITHUB_OUTPUT"];
  const summary = env["GITHUB_STEP_SUMMARY"];
  return {
    name: "github",
    onEvent(event) {
      if (event.type === "run-start" && output) appendFileSync(output, `report=reports/${event.id}\n`);
    },
    async tell(record) {
      if (!summary) return;
      await appendFile(summary, markdown(record));
      for (const one of failuresOf(record).slice(0, mostAnnotations)) stderr.write(`${annotationOf(one)}\n`);
    },
  };
}

function markdown(record: RunRecord): string {
  const { durationMs, id, tests, blames = [] } = record;
  const milestones = tallyMilestones(tests).map(
    ({ milestone, outcome, counts, unreached, durationMs: ms }) => {
      if (unreached) return [milestoneTitle(record, milestone), "not reached", "", "", "", ""];
      const { passed, failed, error, skipped } = counts;
      const numbers = [passed, failed + error, skipped].map(String);
      return [milestoneTitle(record, milestone), outcome].concat(numbers, duration(ms));
    },
  );
  const steps = distinctSteps(record);
  const { passed } = countOutcomes(steps);
  const ran = steps.length === 0 ? "" : ` ${count(passed, "step")} of ${steps.length} passed;`;
  return [
    `## ${headlineOf(record)}`,
    "",
    `${inline(lead(record))}${ran} ${duration(durationMs)}; run \`${id}\`.`,
    "",
    ...(milestones.length > 0
      ? [table(["milestone", "outcome", "passed", "failed", "skipped", "took"], milestones)]
      : []),
    ...claimTable(record),
    ...faultTable(record),
    ...failuresOf(record).map(failureItem),
    ...blames.flatMap((blame) => [
      "",
      `### Blame: ${inline(blameTitle(record, blame))}`,
      fenced(blameParts(blame).map(describePart), ""),
    ]),
    "",
  ].join("\n");
}

function failureItem({ title, failure: { message, hint = "" }, anchor }: Failed): string {
  const [first = "", ...rest] = plain(message).split("\n");
  const where = anchor === undefined ? "" : `\`report.html${linkTo(anchor)}\``;
  const item = `- **${inline(title)}**: ${[inline(first), inline(hint), where].filter(Boolean).join(" ")}`;
  return rest.length === 0 ? item : `${item}\n${fenced(rest, "  ")}`;
}

/** Claims of the guide, the tests that name each, and what follows; nothing where no test ran. */
function claimTable(record: RunRecord): string[] {
  const { claims = [], tests } = record;
  if (claims.length === 0 || tests.length === 0) return [];
  const named = (own: ClaimRecord["tests"]): string =>
    own
      .map(
        ({ milestone, name, outcome }) =>
          `${milestoneTitle(record, milestone)}: ${inline(name)} (${outcome})`,
      )
      .join("<br>");
  const rows = claims.map(({ id, tests: own, result, reason }) => [
    inline(id),
    named(own),
    [result, reason && inline(reason)].filter(Boolean).join(": "),
  ]);
  return [table(["claim", "tests", "result"], rows)];
}

/** What was taken away from the running cluster, and what came of it; nothing where nothing was. */
function faultTable(record: RunRecord): string[] {
  const rows = faultRows(record);
  if (rows.length === 0) return [];
  return [
    table(
      ["fault", "broke", "noticed after", "undone after", "recovery took", "milestones"],
      rows.map(({ name, broke, noticed, undone, back, outcome }) => [
        inline(name),
        broke.map(inline).join("<br>") || "nothing",
        noticed,
        undone,
        back,
        outcome,
      ]),
    ),
  ];
}

const annotationOf = ({ title, failure: { message }, location, suspect, anchor }: Failed): string =>
  annotation("error", {
    ...(location && { location: { file: location.file, line: location.line } }),
    title,
    message: [message, suspect, anchor && `report.html${linkTo(anchor)}`].filter(Boolean).join("\n"),
  });

type Failed = {
  readonly title: string;
  readonly failure: FailureRecord;
  readonly location?: SourceLocation;
  readonly suspect?: string;
  readonly anchor?: string;
};

/** What ended the run, whatever else failed, and each test that failed. The guide's line is the place, the test's stands in the message. */
function failuresOf(record: RunRecord): Failed[] {
  const { verdict, tests, steps, blames = [] } = record;
  const anchors = anchorsOf(record);
  if (verdict === "passed") return [];
  const decides = (one: Failed): boolean => one.failure.verdict === verdict;
  const red = tallyMilestones(tests)
    .flatMap((tally) => tally.tests)
    .flatMap((test): Failed[] => {
      const { milestone, name, failure: own, outcome } = test;
      if (!own) return [];
      const { guide, test: stands } = placesOf(test, record);
      const location = guide ?? stands;
      const blame = outcome === "failed" ? blames.find(({ of }) => of === milestone) : undefined;
      return [
        {
          title: `${milestoneTitle(record, milestone)}: ${name}`,
          failure: own,
          anchor: anchors.test(test),
          ...(location && { location }),
          ...suspectOf(blame),
        },
      ];
    });
  const ended = endings(record).flatMap((own): Failed[] => {
    const step = steps.find(({ key }) => key === own.step);
    const place = {
      ...(own.location && { location: own.location }),
      ...(step && { anchor: anchors.step(step), ...suspectOf(blameOfStep(record, step)) }),
    };
    return [
      {
        title: failedReproduction(record.command, own)?.headline ?? failureHeadline(own),
        failure: own,
        ...place,
      },
    ];
  });
  // What decided comes first.
  const all = [...ended, ...red].toSorted((a, b) => Number(decides(b)) - Number(decides(a)));
  return isBrokenOnPurpose(record) ? all.map(withoutPlace) : all;
}

/** A failure of a guide that was broken on purpose has no place in the guide. */
const withoutPlace = ({ location, suspect, ...failed }: Failed): Failed =>
  failed.failure.verdict === "guide"
    ? failed
    : { ...failed, ...(location && { location }), ...(suspect !== undefined && { suspect }) };

function suspectOf(blame: Blame | undefined): Pick<Failed, "suspect"> {
  const [suspect] = blame ? blameParts(blame) : [];
  return suspect?.name === "suspect" ? { suspect: describePart(suspect) } : {};
}

/** Texts with their lines as they are, each behind a margin. */
function fenced(texts: readonly string[], margin: string): string {
  const lines = texts.flatMap((text) => text.split("\n"));
  const longest = Math.max(...lines.map((line) => /^\s*(`*)/.exec(line)?.[1]?.length ?? 0));
  const fence = "`".repeat(Math.max(3, longest + 1));
  const shown = lines.slice(0, mostLines);
  const left = lines.length - shown.length;
  const more = left > 0 ? [`… ${count(left, "more line")}, in report.html`] : [];
  return ["", `${fence}text`, ...shown, ...more, fence, ""]
    .map((line) => `${margin}${line}`.trimEnd())
    .join("\n");
}
