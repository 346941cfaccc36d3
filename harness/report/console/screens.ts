import { join } from "node:path";
import type { ChalkInstance } from "chalk";
import type { FailureRecord, RunRecord, StepRecord } from "../../record/record.ts";
import { blameParts, blameTitle, oneScreen } from "../parts/blame.ts";
import { failureParts, type Part } from "../parts/failure.ts";
import { changeLines } from "../parts/change.ts";
import { distinctSteps, standsForAll, tallyAssists, tallyMilestones, unproved } from "../tally.ts";
import { shortPath } from "../../host/paths.ts";
import { count, duration, plain, shortened, versionsText } from "../text.ts";
import { blockCounts, failureHeadline, headlineOf, lead, milestoneTitle, trialText } from "../labels.ts";

/** Lines of the longer texts, so that a failure fits on a screen. */
const limits = { message: 30, command: 10, output: 15, journal: 10 };

const slowest = 5;

/**
 * A failure on one screen: what, where, the command, what it said, what to do, whose fault it is. `once` shortens a text that was told
 * before.
 */
export function failureScreen(
  failure: FailureRecord,
  colours: ChalkInstance,
  {
    before = [],
    headline = failureHeadline(failure),
    fault,
    once = (text) => text,
  }: {
    readonly before?: readonly Part[];
    readonly headline?: string;
    /** In the place of what the verdict says. */
    readonly fault?: string | undefined;
    readonly once?: (text: string) => string;
  } = {},
): string {
  const [first = "", ...rest] = plain(failure.message).split("\n");
  const more = rest.length - limits.message;
  const shown = once(rest.slice(0, limits.message).join("\n"));
  const parts = [...before, ...failureParts(failure, limits)].map(({ name, text }) =>
    partLines({ name, text: name === "fault" && fault !== undefined ? fault : once(text) }, colours),
  );
  return [
    colours.red.bold(`✗ ${first.startsWith(headline) ? first : `${headline}: ${first}`}`),
    ...(shown === "" ? [] : [shown.replaceAll(/^/gmu, "    ")]),
    ...(more > 0 ? [colours.dim(`    … ${count(more, "line")} more, in report.html`)] : []),
    ...parts,
  ].join("\n");
}

const partLines = ({ name, text }: Part, colours: ChalkInstance): string =>
  text.includes("\n") || /^\(\d+ lines as above\)$/.test(text)
    ? `  ${colours.dim(name)}\n${text.replaceAll(/^/gmu, "    ")}`
    : `  ${colours.dim(name.padEnd(12))} ${text}`;

/** Where what is red comes from: the first milestone in full, for others often only follow from it, and a line for each of these. */
export function blameScreen(
  record: Pick<RunRecord, "milestones" | "blames">,
  colours: ChalkInstance,
): string {
  const [first, ...others] = record.blames ?? [];
  if (!first) return "";
  return [
    colours.red.bold(`⌕ Blame: ${blameTitle(record, first)}`),
    ...blameParts(first, oneScreen).map((part) => partLines(part, colours)),
    ...others.map(
      (other) =>
        `  ${colours.dim("also red".padEnd(12))} ${blameTitle(record, other)}: ${other.steps[0]?.id ?? "no suspect"}`,
    ),
  ].join("\n");
}

/** The end of a run: verdict, milestones, counts, the slowest steps, where the reports are. */
export function summary(
  record: RunRecord,
  folder: string,
  colours: ChalkInstance,
  columns = Infinity,
): string {
  const good = record.verdict === "passed";
  const headline = `${good ? "✓" : "✗"} ${headlineOf(record)}`;
  const blocks = [
    [
      `${(good ? colours.green : colours.red).bold(headline)}  ${record.command}, ${duration(record.durationMs)}`,
      `  ${lead(record)}`,
    ],
    milestoneTable(record, colours, columns),
    facts(record, colours),
    [`  reports  ${join(shortPath(folder), "report.html")}`, ...whatGoesOn(record)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** What can be done with the machines that a run has left. */
function whatGoesOn({ kept, steps, resumed, settings }: RunRecord): string[] {
  if (!kept) return [];
  // Hosts that were adopted have the guide.
  const isBare = steps.length === 0 && !resumed && settings?.["adopt"] !== true;
  const { cluster, machines } = kept;
  const option = cluster === "main" ? "" : ` --cluster ${cluster}`;
  return [
    `  machines cluster ${cluster} stays up: ${isBare ? `\`pnpm apply${option}\` applies the guide to it` : `\`pnpm suite NAME${option}\` checks it`}, \`pnpm shell ${machines[0]}${option}\` logs in, \`pnpm down${option}\` removes it`,
  ];
}

/** A line for each milestone; outcomes that no test had have no column. */
function milestoneTable(record: RunRecord, colours: ChalkInstance, columns: number): string[] {
  const { tests } = record;
  if (tests.length === 0) return [];
  const colour = { passed: colours.green, failed: colours.red, error: colours.red, skipped: colours.yellow };
  // What was not reached was begun in no order: the guide has one.
  const order = Object.keys(record.milestones ?? {});
  const tallies = tallyMilestones(tests).toSorted(
    (a, b) => order.indexOf(a.milestone) - order.indexOf(b.milestone),
  );
  if (tests.every(({ outcome }) => outcome === "skipped"))
    return [
      colours.yellow(
        `  no milestone was looked at: ${tests.some(standsForAll) ? "not reached" : `all ${count(tests.length, "test")} skipped`}`,
      ),
    ];
  const titles = tallies.map(({ milestone }) => milestoneTitle(record, milestone));
  const outcomes = (["passed", "failed", "error", "skipped"] as const).filter(
    (outcome) => outcome === "passed" || tallies.some(({ counts }) => counts[outcome] > 0),
  );
  const wanted = Math.max(26, ...titles.map(({ length }) => length));
  const width = Math.max(9, Math.min(wanted, columns - 2 - 9 * (outcomes.length + 1)));
  const row = (name: string, cells: readonly string[]): string =>
    `  ${shortened(name, width).padEnd(width)}${cells.map((cell) => cell.padStart(9)).join("")}`;
  return [
    colours.dim(
      row("milestone", [...outcomes.map((outcome) => (outcome === "error" ? "errors" : outcome)), "seconds"]),
    ),
    ...tallies.map(({ counts, outcome, durationMs, unreached }, index) => {
      const cells = [...outcomes.map((each) => String(counts[each])), (durationMs / 1000).toFixed(1)];
      const shown = unreached ? ["not reached".padStart(9 * cells.length)] : cells;
      return colour[outcome](row(titles[index] ?? "", shown));
    }),
  ];
}

const longestFirst = (a: StepRecord, b: StepRecord): number => b.durationMs - a.durationMs;

function facts(record: RunRecord, colours: ChalkInstance): string[] {
  const { accounting, assists, command } = record;
  const steps = distinctSteps(record);
  // Of a run of suites alone, a change that is tried, and what ended before its first step, the report has the rest.
  const isShort = command === "try" || steps.every(({ outcome }) => outcome === "skipped");
  const kinds = tallyAssists(assists);
  const lines: [name: string, text: string][] = changeLines(record).map((text, index) => [
    index === 0 ? "change" : "",
    text,
  ]);
  const ports = record.ports.length === 0 ? "" : `, ported by ${record.ports.join(", ")}`;
  const versions = versionsText(record.versions);
  if (versions !== "") lines.push(["versions", `${versions} (artifact set ${record.artifactSet}${ports})`]);
  if (steps.length > 0) {
    const ran = steps.filter(({ outcome }) => outcome === "passed").length;
    lines.push(["steps", ran === steps.length ? `${ran} passed` : `${ran} of ${steps.length} passed`]);
  }
  const { claims = [] } = record;
  if (claims.length > 0 && record.tests.length > 0) {
    const proved = claims.filter(({ result }) => result === "proved").length;
    const beside = proved > 0 && record.detours ? ", but not of the guide alone" : "";
    lines.push(["claims", `${proved} of ${claims.length} proved${beside}`]);
  }
  if (accounting && !isShort) {
    const gone = record.dropped.filter(({ by }) => by !== "the guide").map(({ id }) => id);
    const away = gone.length > 0 ? `; not run here: ${gone.join(", ")}` : "";
    lines.push(["blocks", `${accounting.total}: ${blockCounts(accounting)}${away}`]);
  }
  if (kinds.length > 0 && !isShort) {
    const named = kinds.map(({ id, times }) => `${id} ${times}`).join(", ");
    lines.push(["assists", colours.yellow(`${assists.length}: ${named}`)]);
  }
  if (record.trial) lines.push(["mutants", trialText(record, record.trial)]);
  const { cannotProve } = record;
  // The same every night: the report has the reasons.
  if (cannotProve.length > 0 && !isShort) {
    const names = cannotProve.map(({ claim }) => claim).join(", ");
    lines.push(["not proved", `${names}: not on these machines (report.html says why)`]);
  }
  const ofThisRun = unproved(record).filter((one) => !cannotProve.includes(one));
  for (const [reason, of] of Map.groupBy(ofThisRun, (one) => one.reason))
    lines.push(["not proved", `${of.map(({ claim }) => claim).join(", ")}: ${reason}`]);
  const reached = steps.filter(({ outcome }) => outcome !== "skipped");
  const blocks = [...Map.groupBy(reached, ({ id }) => id).values()];
  const byTime = blocks
    .flatMap((own) => own.toSorted(longestFirst).slice(0, 1))
    .toSorted(longestFirst)
    .slice(0, slowest);
  for (const [index, step] of isShort ? [] : byTime.entries()) {
    lines.push([index === 0 ? "slowest" : "", `${duration(step.durationMs).padStart(12)}  ${step.key}`]);
  }
  return lines.map(([name, text]) => `  ${colours.dim(name.padEnd(11))}${text}`);
}
