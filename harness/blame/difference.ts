import type { RunInputs } from "../record/inputs.ts";
import type { RunRecord, StepRecord } from "../record/record.ts";
import { type ChangedBlock, type Difference, type PlannedStep, stateOf } from "../record/blame.ts";

/** What a run is compared by. */
export type Comparable = Pick<
  RunRecord,
  "id" | "commit" | "inputs" | "versions" | "ports" | "assists" | "steps" | "plan" | "resumed" | "units"
>;

/** A run that may have tried a change of the guide. */
export type TriedRun = Comparable & Pick<RunRecord, "change">;

const limits = { lines: 4, width: 110 };

/** A duration is told if it is this many times another, and differs by this many milliseconds. */
const notable = { factor: 3, ms: 2000 };

/** How a run differs from a change's base and from a run that was green; undefined if there is neither. */
export function differenceOf(green: Comparable | undefined, now: TriedRun): Difference | undefined {
  const { change } = now;
  if (!green) return change && { base: change.base, blocks: change.blocks, inputs: [], durations: [] };
  return {
    ...(change && { base: change.base }),
    run: green.id,
    blocks: change?.blocks ?? changedBlocks(stepsOf(green), stepsOf(now)),
    inputs: changedInputs(green, now),
    durations: changedDurations(green, now),
    units: changedUnits(green, now),
  };
}

/** Runs that are older than the plan in the record have all steps of the guide if they were green. */
const stepsOf = ({ plan, steps }: Comparable): readonly PlannedStep[] => plan ?? steps;

/** Blocks of the guide that are not in both with the same text on the same machines, in the guide's order. */
export function changedBlocks(before: readonly PlannedStep[], after: readonly PlannedStep[]): ChangedBlock[] {
  const [old, current] = [byBlock(before), byBlock(after)];
  const ids = [...current.keys(), ...[...old.keys()].filter((id) => !current.has(id))];
  return ids.flatMap((id): ChangedBlock[] => {
    const [was, is] = [old.get(id) ?? [], current.get(id) ?? []];
    const location = (is[0] ?? was[0])?.location;
    if (location === undefined || isSame(was, is)) return [];
    const kind = was.length === 0 ? "added" : is.length === 0 ? "removed" : "changed";
    const block = { id, location, kind, lines: changedLines(was, is) } as const;
    const written = linesOfGuide(is[0]);
    const edited = kind === "changed" ? editedLines(was[0]?.command, is[0]?.command) : [];
    const lines = edited.flatMap((index) => written[index]?.line ?? []);
    return [placed(block, lines)];
  });
}

const byBlock = (steps: readonly PlannedStep[]): Map<string, PlannedStep[]> =>
  Map.groupBy(steps, ({ id }) => id);

/** By digest; runs that are older than it, by text. */
function isSame(was: readonly PlannedStep[], is: readonly PlannedStep[]): boolean {
  const exact = [...was, ...is].every(({ digest }) => digest !== undefined);
  const [old, current] = [was, is].map((steps) =>
    JSON.stringify(steps.map(({ machine, command, digest }) => [machine, exact ? digest : command])),
  );
  return old === current;
}

/** The lines of a step's command with their numbers in the guide; none if it does not stand there as it is. */
export function linesOfGuide({ command = "", firstLine, answerLines = [] }: Partial<PlannedStep> = {}) {
  if (firstLine === undefined) return [];
  const lines = command.split("\n");
  const own = lines.length - answerLines.length;
  return lines.map((text, index) => ({ text, line: answerLines[index - own] ?? firstLine + index }));
}

/** A changed block with the places of lines of it, if there are any. */
export function placed(block: ChangedBlock, [line, ...others]: readonly number[]): ChangedBlock {
  if (line === undefined) return block;
  const location = { file: block.location.file, line };
  return { ...block, location, ...(others.length > 0 && { edited: [line, ...others] }) };
}

/** Indexes of the lines of a text that another one did not have; of the first that stands elsewhere, if there is none. */
export function editedLines(was = "", is = ""): number[] {
  const [old, current] = [was.split("\n"), is.split("\n")];
  const first = current.findIndex((line, at) => line !== old[at]);
  const others = current.flatMap((line, at) => (at > first && !old.includes(line) ? [at] : []));
  return first < 0 ? [] : [first, ...others];
}

/** The lines that one has and the other has not; the machines if all lines are in both. */
function changedLines(was: readonly PlannedStep[], is: readonly PlannedStep[]): string[] {
  const [old, current] = [linesOf(was), linesOf(is)];
  const gone = old.filter((line) => !current.includes(line));
  const come = current.filter((line) => !old.includes(line));
  if (gone.length + come.length === 0 && machinesOf(was) === machinesOf(is)) {
    return [`  what differs is ${unseenDifference(was[0], is[0])}`];
  }
  if (gone.length + come.length === 0) return [`- on ${machinesOf(was)}`, `+ on ${machinesOf(is)}`];
  const [left, right] = [gone, come].map((lines) => lines.slice(0, limits.lines / 2));
  const from = commonStart(left?.[0] ?? "", right?.[0] ?? "");
  return [
    ...(left ?? []).map((line) => `- ${around(line, from)}`),
    ...(right ?? []).map((line) => `+ ${around(line, from)}`),
  ];
}

/** What differs where all lines are the same. Runs that are older than its parts' digests know no more than that something does. */
function unseenDifference(was: Partial<PlannedStep> = {}, is: Partial<PlannedStep> = {}): string {
  if (was.expectDigest === undefined || is.expectDigest === undefined) {
    return "not shown: a secret, the expected output, or the file's mode";
  }
  const differences = [
    was.expectDigest !== is.expectDigest && "the expected output, below the block",
    was.mode !== is.mode && `the file's mode: ${was.mode}, now ${is.mode}`,
  ].filter((one) => one !== false);
  return differences.join("; ") || "a secret, which is not shown";
}

const linesOf = (steps: readonly PlannedStep[]): string[] => [
  ...new Set(steps.flatMap(({ command = "" }) => command.split("\n")).filter((line) => line.trim() !== "")),
];

const machinesOf = (steps: readonly PlannedStep[]): string =>
  steps.map(({ machine }) => machine).join(", ") || "no machine";

function commonStart(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index;
}

function around(line: string, from: number): string {
  if (line.length <= limits.width) return line;
  const start = Math.max(0, Math.min(from - limits.width / 3, line.length - limits.width));
  const end = start + limits.width;
  const part = line.slice(start, end);
  return `${start > 0 ? "…" : ""}${part}${end < line.length ? "…" : ""}`;
}

/** `git describe --dirty=+` has a plus sign for changes that are not committed. */
const shownCommit = (commit = "unknown"): string => commit.replace(/\+$/, " with uncommitted changes");

function changedInputs(green: Comparable, now: Comparable): string[] {
  const commits = `commit ${shownCommit(green.commit)} → ${shownCommit(now.commit)}`;
  const versions = changedNames(green.versions, now.versions).map(
    (name) => `${name} ${green.versions[name] ?? "none"} → ${now.versions[name] ?? "none"}`,
  );
  const [old, current] = [green, now].map(({ ports }) => ports.join(", ") || "none");
  const assists = changedNames(times(green), times(now)).map(
    (id) => `assist ${id} ${times(green)[id] ?? 0} → ${times(now)[id] ?? 0} times`,
  );
  return [
    ...told(green.commit, now.commit, commits),
    ...digests(green.inputs, now.inputs),
    ...versions,
    ...told(old, current, `ports ${old} → ${current}`),
    ...told(startOf(green), startOf(now), `starts ${startOf(now)}, not ${startOf(green)}`),
    // Who starts later needs less help.
    ...(startOf(green) === startOf(now) ? assists : []),
  ];
}

/** A text if two values differ. */
const told = (was: string | undefined, is: string | undefined, text: string): string[] =>
  was === is ? [] : [text];

const startOf = ({ resumed }: Comparable): string =>
  resumed ? `after ${resumed.after}, from a checkpoint` : "from the beginning";

const changedFiles = (
  kind: string,
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): string[] => changedNames(a, b).map((file) => `${kind} ${file}${b[file] === undefined ? " gone" : ""}`);

function digests(was: RunInputs | undefined, is: RunInputs | undefined): string[] {
  if (!was || !is) return [];
  return [
    ...told(was.guide, is.guide, "the guide's file"),
    // An older version did not write it down.
    ...told(was.profile ?? is.profile, is.profile, "the guide's profile"),
    ...changedFiles("port", was.ports, is.ports),
    ...changedFiles("erratum as written", was.errata, is.errata),
    ...told(was.edits.join(), is.edits.join(), `edits: ${was.edits.length} → ${is.edits.length}`),
    ...told(was.machines, is.machines, "the machines"),
    ...(was.artifacts && is.artifacts ? changedFiles("artifact", was.artifacts, is.artifacts) : []),
  ];
}

function changedNames<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

function times({ assists }: Comparable): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(assists, ({ id }) => id)].map(([id, own]) => [id, own.length]));
}

const didRun = ({ outcome }: StepRecord): boolean => outcome !== "skipped";

/** Of the steps that ran in both. */
function changedDurations(green: Comparable, now: Comparable): string[] {
  const before = new Map(green.steps.filter(didRun).map(({ key, durationMs }) => [key, durationMs]));
  return now.steps.filter(didRun).flatMap(({ key, durationMs: is }) => {
    const was = before.get(key);
    if (was === undefined || Math.abs(is - was) < notable.ms) return [];
    if (Math.max(is, was) < notable.factor * Math.min(is, was)) return [];
    return [`${key} ${(was / 1000).toFixed(1)} s → ${(is / 1000).toFixed(1)} s`];
  });
}

/** Units whose state is another one than before, with both. */
function changedUnits({ units: before = [] }: Comparable, { units: now = [] }: Comparable): string[] {
  return now.flatMap((is) => {
    const was = before.find(({ machine, unit }) => machine === is.machine && unit === is.unit);
    if (!was || stateOf(was) === stateOf(is)) return [];
    return [`${is.unit} on ${is.machine}: ${stateOf(was)} → ${stateOf(is)}`];
  });
}
