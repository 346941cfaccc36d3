import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { ClaimRecord, FailureRecord, Reporter, RunRecord } from "../../record/record.ts";
import { countOutcomes, tallyMilestones } from "../tally.ts";
import { annotation } from "./annotation.ts";
import { count, duration, plain } from "../text.ts";
import { headlines, lead, milestoneTitle } from "../labels.ts";

export type GithubOptions = {
  /** Where GitHub Actions names its files: GITHUB_STEP_SUMMARY and GITHUB_OUTPUT. */
  readonly env?: NodeJS.ProcessEnv;
  readonly stderr?: Writable;
};

/** Failures that are annotated; GitHub shows ten a step. */
const mostAnnotations = 10;

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
      for (const line of annotations(record)) stderr.write(`${line}\n`);
    },
  };
}

/** The run for the job's summary page: verdict, blame, milestones, what failed. */
function markdown(record: RunRecord): string {
  const { verdict, durationMs, id, tests, steps } = record;
  const milestones = tallyMilestones(tests).map(({ milestone, outcome, counts, durationMs: ms }) => {
    const { passed, failed, error, skipped } = counts;
    return `| ${milestoneTitle(record, milestone)} | ${outcome} | ${passed} | ${failed + error} | ${skipped} | ${duration(ms)} |`;
  });
  const { passed } = countOutcomes(steps);
  return [
    `## ${headlines[verdict]}`,
    "",
    `${lead(record)} ${count(passed, "step")} of ${steps.length} passed; ${duration(durationMs)}; run \`${id}\`.`,
    "",
    ...(milestones.length > 0
      ? [
          "| milestone | outcome | passed | failed | skipped | took |",
          "|---|---|---|---|---|---|",
          ...milestones,
          "",
        ]
      : []),
    ...claimTable(record),
    ...failuresOf(record).map(({ title, failure: { message, hint = "" } }) =>
      `- **${inline(title)}**: ${inline(message)} ${inline(hint)}`.trimEnd(),
    ),
    "",
  ].join("\n");
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
  return [
    "| claim | tests | result |",
    "|---|---|---|",
    ...claims.map(
      ({ id, tests: own, result, reason }) =>
        `| ${inline(id)} | ${named(own)} | ${[result, reason && inline(reason)].filter(Boolean).join(": ")} |`,
    ),
    "",
  ];
}

function annotations(record: RunRecord): string[] {
  return failuresOf(record)
    .slice(0, mostAnnotations)
    .map(({ title, failure: { location, message } }) =>
      annotation("error", {
        ...(location && { location: { file: location.file, line: location.line } }),
        title,
        message,
      }),
    );
}

type Failed = { readonly title: string; readonly failure: FailureRecord };

/** What ended the run, and each test that failed. */
function failuresOf(record: RunRecord): Failed[] {
  const { failure, verdict, tests, steps } = record;
  const red = tests.flatMap(({ milestone, name, failure: own, sections }): Failed[] => {
    if (!own) return [];
    // A test has no line in the guide; the steps of the first section it guards have.
    const guarded = steps.find(({ section }) => section === sections[0]);
    const location = own.location ?? guarded?.location;
    return [
      {
        title: `${milestoneTitle(record, milestone)}: ${name}`,
        failure: { ...own, ...(location && { location }) },
      },
    ];
  });
  return failure ? [{ title: headlines[verdict], failure }, ...red] : red;
}

/** Text inside one line of Markdown: no markup, no line end. */
const inline = (text: string): string =>
  plain(text)
    .replace(/[\\`*_{}[\]<>|#!]/gu, String.raw`\$&`)
    .replace(/\s+/gu, " ")
    .trim();
