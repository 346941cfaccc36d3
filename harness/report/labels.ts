import type { Verdict } from "../errors.ts";
import { describeLoad } from "../host/load.ts";
import { isRed } from "../record/outcome.ts";
import type { UnitFinding } from "../record/blame.ts";
import type { RunEvent } from "../record/events.ts";
import type {
  Accounting,
  FailureRecord,
  MilestoneTitles,
  RunRecord,
  SectionTitle,
  StepRecord,
  TestRecord,
} from "../record/record.ts";
import type { TrialScore } from "../record/trial-score.ts";
import { selectionText } from "../record/selection.ts";
import { count, headline } from "./text.ts";

export const headlines: Readonly<Record<Verdict, string>> = {
  passed: "Passed",
  guide: "The guide failed",
  usage: "Invalid input",
  artifact: "An artifact failed",
  infrastructure: "The infrastructure failed",
  harness: "The harness failed",
  "not-possible": "Not possible here",
  interrupted: "Interrupted",
};

/** What else than the guide has led to a failure, if it is not the guide's for that reason. */
const besideOf = ({ verdict, besideGuide }: Partial<FailureRecord> = {}): readonly string[] | undefined =>
  verdict === "usage" ? besideGuide : undefined;

/** The same of a run, whose tests may have decided its verdict. */
const besideOfRun = ({
  verdict,
  failure,
  tests = [],
}: Pick<RunRecord, "verdict"> & Partial<RunRecord>): readonly string[] | undefined =>
  verdict === "usage"
    ? (besideOf(failure) ?? tests.map((test) => besideOf(test.failure)).find(Boolean))
    : undefined;

/** Whether a failure is the guide's, alone or not, as far as is known. */
export const isOfGuide = (failure: FailureRecord): boolean =>
  failure.verdict === "guide" || besideOf(failure) !== undefined;

const notAlone = (beside: readonly string[]): string =>
  `The guide alone is not shown to be at fault: ${beside.join("; ")}.`;

export const failureHeadline = (failure: FailureRecord): string =>
  besideOf(failure) ? notProved : headlines[failure.verdict];

const notProved = "Not proved";

const notJudged = "Not judged: there was no time for it; the guide may be right or not.";

/** Whether nothing but a lack of time led to an infrastructure's verdict. */
function isUnjudged({
  failure,
  steps,
  tests,
}: Pick<RunRecord, "steps" | "tests"> & Partial<RunRecord>): boolean {
  const all = [failure, ...[...steps, ...tests].map((one) => one.failure)];
  const ofInfrastructure = all.filter((one) => one?.verdict === "infrastructure");
  return ofInfrastructure.length > 0 && ofInfrastructure.every((one) => one?.unjudged);
}

/** Whether a run's guide had a defect planted, an install bug or a mutant, so that what is red says nothing of the guide. */
export const isBrokenOnPurpose = ({ command, reproduction, settings }: Planted): boolean =>
  command === "repro" || reproduction !== undefined || editsIn(settings).some((file) => planted.test(file));

type Planted = Pick<RunRecord, "command" | "reproduction" | "settings">;

/** Where the catalogues have mutants and a reader's mistakes. */
const planted = /(?:^|\/)(?:mutants|mistakes)\/[^/]+$/;

const editsIn = ({ edits }: Readonly<Record<string, unknown>> = {}): string[] =>
  Array.isArray(edits) ? edits.map(String) : [];

/** What a run's verdict says in files for CI and for programs, where `guide` blames the guide. */
export const verdictWord = (record: Planted & Pick<RunRecord, "verdict">): string =>
  record.verdict === "guide" && isBrokenOnPurpose(record) ? "broken-on-purpose" : record.verdict;

const notReproduced = "Not reproduced";

/** What reproduces an install bug breaks the guide on purpose. */
const onPurpose = "The guide was broken on purpose, and is not to blame.";

/** The failure of a reproduction, which is no failure of the guide, and its headline; undefined for another run's. */
export function failedReproduction(
  command: string | undefined,
  failure: FailureRecord | undefined,
): { readonly headline: string; readonly fault: string } | undefined {
  if (command !== "repro" || failure?.verdict !== "guide") return undefined;
  const isMissing = / was not reproduced: /.test(failure.message);
  return { headline: isMissing ? notReproduced : "The guide with its defect failed", fault: onPurpose };
}

/** Whose fault a failure is, in one sentence. */
export function faultOf(failure: FailureRecord): string {
  const beside = besideOf(failure);
  if (beside && failure.untested) return `Nothing failed: ${beside.join("; ")}.`;
  if (failure.unjudged) return notJudged;
  return beside ? notAlone(beside) : blame[failure.verdict];
}

/**
 * A run's headline: its verdict, or that it has shown what it was to show, was walked with more or less than the guide, or ran
 * some tests alone.
 */
export function headlineOf(
  run: Pick<RunRecord, "verdict" | "reproduction" | "walked" | "selection" | "failure"> & Partial<RunRecord>,
): string {
  const { verdict, reproduction, walked = [], selection, command, failure } = run;
  if (besideOfRun(run)) return notProved;
  const failed = verdict === "guide" && failedReproduction(command, failure);
  if (failed) return failed.headline;
  if (verdict !== "passed") return headlines[verdict];
  if (reproduction) return `Reproduced: ${reproduction.id}`;
  if (walked.length > 0) return "Walked, not proved";
  if (!selection) return headlines[verdict];
  return `Passed: ${selection.chosen} of ${selection.chosen + selection.leftOut} tests`;
}

/** Whose fault a verdict says it is, in one sentence. */
export const blame: Readonly<Record<Verdict, string>> = {
  passed: "Every step ran as the guide says, and every tested milestone is proved.",
  guide: "The guide is to blame: following the guide exactly does not give the documented result.",
  usage: "The command line, the configuration or the text of the guide cannot be used as given.",
  artifact:
    "An input of the guide is missing, damaged or cannot be built; this says nothing about the guide.",
  infrastructure: "A machine, its network or this host is to blame; this says nothing about the guide.",
  harness: "This project is to blame, not the guide; please report it with the run's folder.",
  "not-possible":
    "The guide asks for what these machines or this artifact set cannot do; whether it holds elsewhere is not known.",
  interrupted: "Somebody ended the run; this says nothing about the guide.",
};

/** `blame` of a run; one that passed says what of: of some steps or milestones alone, or after something was put right. */
export function lead(run: Pick<RunRecord, "verdict" | "steps" | "tests"> & Partial<RunRecord>): string {
  const { verdict, steps, tests, plan = [], resumed, reproduction, walked = [], selection, detours } = run;
  const beside = besideOfRun(run);
  if (beside && run.failure?.untested && ![...steps, ...tests].some(isRed)) {
    const isPart = tests.some(({ outcome }) => outcome === "passed");
    return `${isPart ? "Nothing failed, but not all was tested" : "Nothing was tested"}: ${beside.join("; ")}.`;
  }
  if (beside) return notAlone(beside);
  const failed = verdict === "guide" && failedReproduction(run.command, run.failure);
  if (failed && run.failure) return `${headline(run.failure.message)}. ${failed.fault}`;
  const whose = verdict === "infrastructure" && isUnjudged(run) ? notJudged : undefined;
  if (verdict !== "passed") return withOthers(whose ?? blame[verdict], run);
  if (reproduction) {
    const { id, seen, fixed } = reproduction;
    const then = fixed ? "its correction put it right" : "the guide was left with it";
    return `The install bug ${id} showed as catalogued, and ${then}: ${headline(seen)}`;
  }
  if (walked.length > 0) {
    const ran = new Set(steps.filter(({ outcome }) => outcome === "passed").map(({ key }) => key));
    return `${ran.size} of the guide's ${plan.length} steps ran as it says; the guide is not proved, because its reader also did other things.`;
  }
  if (detours && steps.length + tests.length > 0) {
    return `What ran has passed, but that does not prove the guide alone: ${detours.join("; ")}.`;
  }
  if (selection) {
    return `The chosen tests passed; a milestone of which tests were left out is not proved: ${selectionText(selection)}.`;
  }
  if (steps.length + tests.length === 0)
    return "What was asked for was done; there were no steps and no milestones.";
  if (![...steps, ...tests].some(isRed)) {
    if (steps.length === 0) return "Every tested milestone is proved; no step of the guide was run.";
    const isPart = steps.length + (resumed?.steps ?? 0) < plan.length;
    const ran = isPart
      ? `${steps.length} of the guide's ${plan.length} steps ran as it says${butFor(run, isPart)}`
      : `Every step ran as the guide says${butFor(run, isPart)}`;
    return tests.length === 0
      ? `${ran}; no milestone was tested.`
      : `${ran}, and every tested milestone is proved.`;
  }
  return "Something was red and was corrected; everything after that is as the guide says.";
}

/** Verdicts of what does not explain everything that is red: other failures may be the guide's. */
const partial: ReadonlySet<Verdict> = new Set(["infrastructure", "artifact", "not-possible", "interrupted"]);

const isOpen = ({ outcome, failure }: StepRecord | TestRecord): boolean =>
  outcome === "failed" || (failure !== undefined && isOfGuide(failure));

/** Whose fault a run's verdict says it is, and what is red beside that. */
function withOthers(
  said: string,
  run: Pick<RunRecord, "verdict" | "steps" | "tests"> & Partial<RunRecord>,
): string {
  const { verdict, steps, tests } = run;
  const [redSteps, redTests] = [steps.filter(isOpen), tests.filter(isOpen)];
  const others = redSteps.length + redTests.length;
  if (others === 0 || !partial.has(verdict)) return said;
  const what = [
    ...(redSteps.length > 0 ? [count(redSteps.length, "step")] : []),
    ...(redTests.length > 0 ? [count(redTests.length, "test")] : []),
  ].join(" and ");
  const where = [
    ...redSteps.map(({ key }) => key),
    ...redTests.map(({ milestone }) => milestoneTitle(run, milestone)),
  ];
  const beside = [...redSteps, ...redTests].map(({ failure }) => besideOf(failure)).find(Boolean);
  const whose = beside ? notAlone(beside) : "The guide is to blame for that.";
  const own = said.replace(/; this says nothing about the guide\.$/, ".");
  return `${own} That does not explain ${what} that failed, too (${[...new Set(where)].join(", ")}). ${whose}`;
}

/** What of the guide is not as its reader has it, in a part of a sentence; of a part of the guide, as far as it ran. */
function butFor(
  {
    changed = [],
    dropped = [],
    ports = [],
    assists = [],
    steps,
    resumed,
  }: Pick<RunRecord, "steps"> & Partial<RunRecord>,
  isPart: boolean,
): string {
  const ran = new Set(steps.map(({ id }) => id));
  const others = [
    ...changed.filter(({ id }) => resumed !== undefined || ran.has(id)),
    ...(isPart ? [] : dropped.filter(({ by }) => by !== "the guide")),
  ];
  const blocks = new Set(others.map(({ id }) => id)).size;
  const help = assists.length === 0 ? "" : `with the help of ${count(assists.length, "assist")}`;
  if (blocks === 0) return help === "" ? "" : `, ${help}`;
  const who = others.every(({ by }) => ports.includes(by)) ? "ports" : "ports or edits";
  return `, but for ${count(blocks, "block")} that ${who} change${help === "" ? "" : ` and ${help}`}`;
}

export const milestoneTitle = (
  { milestones = {} }: { readonly milestones?: MilestoneTitles },
  milestone: string,
): string => (Object.hasOwn(milestones, milestone) ? milestones[milestone] : undefined) ?? milestone;

/** What a run was made of, as name and value; absent ones left out. */
export function circumstances(record: RunRecord): (readonly [name: string, value: string])[] {
  return [
    ["commit", record.commit ?? "unknown"],
    ["provider", record.provider],
    ["artifact set", record.artifactSet],
    ...Object.entries(record.versions),
    ["ports", record.ports.join(", ") || "none"],
    ...(record.notAsApplied ? [["not as applied", record.notAsApplied.join("; ")] as const] : []),
    ...(record.selection ? [["tests chosen", selectionText(record.selection)] as const] : []),
    ...(record.resumed ? [["resumed after", record.resumed.after] as const] : []),
    ...(record.load ? [["this host", describeLoad(record.load)] as const] : []),
    ...(record.trial ? [["suites on trial", trialText(record, record.trial)] as const] : []),
  ];
}

/** `61 of 61 mutants killed, 2026-11-24, commit …`; whether that is another commit than the run's is told. */
export function trialText({ commit }: Pick<RunRecord, "commit">, trial: TrialScore): string {
  const { killed, of, startedAt, commit: tried = "unknown" } = trial;
  const stale = tried === commit && !tried.endsWith("+") ? "" : ", not the one of this run";
  return `${killed} of ${of} mutants killed, ${startedAt.slice(0, 10)}, commit ${tried}${stale}`;
}

const nouns: Readonly<Record<string, string>> = { run: "command", answers: "answers block" };

/** How many blocks are what: `70 commands, 15 files, 8 outputs, 3 skipped`. */
export const blockCounts = (accounting: Accounting): string =>
  Object.entries(accounting)
    .filter(([kind, number]) => kind !== "total" && (kind !== "answers" || number > 0))
    .map(([kind, number]) => (kind === "skip" ? `${number} skipped` : count(number, nouns[kind] ?? kind)))
    .join(", ");

/** How long the guide is; where ports change its text that is not what `guide check` counts, by the blocks that they leave out. */
export const guideLine = ({ steps, ports = [], leftOut = [] }: Extract<RunEvent, { type: "plan" }>): string =>
  [
    `the guide has ${count(steps, "step")}${ports.length > 0 ? `, ported by ${ports.join(", ")}` : ""}`,
    ...(leftOut.length > 0 ? [`not run here: ${leftOut.join(", ")}`] : []),
  ].join("; ");

export const unitLine = ({ unit, machine, step, state, said }: UnitFinding): string =>
  `${unit} on ${machine}, which ${step} started: ${[state, said].filter(Boolean).join(": ")}`;

/** A section's title with that of the section it lies in, for `Unit` alone says little: `Deploy etcd: Unit`. */
export function sectionTitle(sections: readonly SectionTitle[], number: string): string {
  const titleOf = (wanted: string): string =>
    sections.find((section) => section.number === wanted)?.title ?? "";
  const parent = number.split(".").length > 2 ? titleOf(number.slice(0, number.lastIndexOf("."))) : "";
  return [parent, titleOf(number)].filter(Boolean).join(": ");
}
