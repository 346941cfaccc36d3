import type { Blame, Difference, Suspect, SuspectUnit } from "../../record/blame.ts";
import type { MilestoneTitles } from "../../record/record.ts";
import type { Part } from "./failure.ts";
import { count, lastLines, place, plain, shortened } from "../text.ts";
import { milestoneTitle } from "../labels.ts";

type BlameLimits = {
  readonly steps?: number;
  readonly units?: number;
  /** Lines of each unit's journal. */
  readonly journal?: number;
  /** Characters of a line of a journal; a line that is cut is told in brief. */
  readonly width?: number;
  /** Differences from the last green run of each kind. */
  readonly differences?: number;
};

/** What fits on a screen with its headline: at most 40 lines. */
export const oneScreen: BlameLimits = { steps: 4, units: 2, journal: 3, width: 158, differences: 2 };

/** What a blame is about: `flannel subnets: 2 red tests`, or the step that failed. */
export const blameTitle = (record: { readonly milestones?: MilestoneTitles }, { of, tests }: Blame): string =>
  tests.length === 0 ? of : `${milestoneTitle(record, of)}: ${count(tests.length, "red test")}`;

/** A blame in the order in which a person asks: what changed, where, which steps, what their units said. */
export function blameParts(blame: Blame, limits: BlameLimits = {}): Part[] {
  const { machine, sections, steps, units, since } = blame;
  const machines = machine === undefined ? (steps[0]?.machines ?? []) : [machine];
  const parts: { name: string; text: string }[] = [
    { name: "suspect", text: culprit(blame) },
    { name: machines.length > 1 ? "machines" : "machine", text: machines.join(", ") },
    { name: "guards", text: named("section", sections) },
    { name: "steps", text: steps.slice(0, limits.steps).map(suspectLine).join("\n") },
    {
      name: "units",
      text: units
        .slice(0, limits.units)
        .map((unit) => unitLines(unit, limits))
        .join("\n"),
    },
    {
      name: since?.base === undefined ? "last green" : "base",
      text: since ? sinceLines(since, limits.differences) : "no earlier run like this one was green",
    },
  ];
  return parts.flatMap(({ name, text }) => (text === "" ? [] : [{ name, text: plain(text) }]));
}

/** The one step to look at first, in a line, with what changed in it. */
function culprit({ steps: [first], since }: Blame): string {
  if (!first) return "";
  const where = `${first.id} (${place(first.location)})`;
  if (!first.changed) return `${where}: ${first.why[0] ?? ""}`;
  const lines = since?.blocks.find(({ id }) => id === first.id)?.lines ?? [];
  return [`${first.why[0]}: ${where}`, ...lines].join("\n");
}

const named = (noun: string, names: readonly string[]): string =>
  names.length === 0 ? "" : `${noun}${names.length > 1 ? "s" : ""} ${names.join(", ")}`;

const suspectLine = ({ id, machines, location, why: [first = "", second] }: Suspect): string => {
  // Two reasons of one kind say once which kind that is.
  const kind = /^[^:/]+: /.exec(first)?.[0];
  const rest = kind !== undefined && second?.startsWith(kind) ? second.slice(kind.length) : second;
  return `${id}  ${machines.join(", ")}  ${place(location)}  ${[first, rest].filter(Boolean).join("; ")}`;
};

/** Host and process in front of a journal's line, and what klog says of them once more. */
const front = /^(\w{3} [ \d]\d [\d:.]+) \S+ ([^\s:[]+)(?:\[\d+\])?: (?:([IWEF])\d{4} [\d:.]+ +\d+ )?/u;

/** A line of a journal in so many characters, without what its unit's heading has. */
function inBrief(line: string, width: number | undefined): string {
  if (width === undefined) return line;
  const brief = line.replace(front, (_, at: string, process: string, gravity?: string) =>
    [`${at} ${process}:`, gravity, ""].filter((part) => part !== undefined).join(" "),
  );
  return shortened(brief, width);
}

function unitLines(unit: SuspectUnit, { journal, width }: BlameLimits): string {
  const { unit: name, machine, active, sub, enabled, restarts, exitStatus, result, odd } = unit;
  const known = odd?.split(/, |: /) ?? [];
  const state = [
    !known.includes(active) && `${active} (${sub})`,
    enabled,
    restarts !== undefined && count(restarts, "restart"),
    `exit code ${exitStatus}`,
    result !== "success" && `result ${result}`,
  ].filter((part) => part && !known.includes(part));
  const said = unit.journal === undefined ? [] : lastLines(unit.journal, journal).split("\n");
  return [
    `${name} on ${machine}: ${[odd, state.join(", ")].filter(Boolean).join("; ")}`,
    ...said.map((line) => `  ${inBrief(line, width)}`),
  ].join("\n");
}

function sinceLines(
  { base, run, blocks, inputs, durations, units = [] }: Difference,
  most = Infinity,
): string {
  const some = (all: readonly string[]): string[] =>
    all.length <= most ? [...all] : [...all.slice(0, most), `… ${all.length - most} more`];
  const lines = [
    ...some(blocks.map(({ id, kind, location }) => `${kind} ${id} (${place(location)})`)),
    ...some(inputs),
    ...some(durations),
    ...some(units),
  ];
  const what = [base, run && (base === undefined ? run : `last green run: ${run}`)]
    .filter(Boolean)
    .join("; ");
  return lines.length === 0 ? `${what}: nothing that is recorded differs` : [what, ...lines].join("\n");
}
