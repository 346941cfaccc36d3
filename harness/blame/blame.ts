import { posix } from "node:path";
import type { StepRecord, TestRecord } from "../record/record.ts";
import { differenceOf } from "./difference.ts";
import type { Evidence, Known, Trail } from "./evidence.ts";
import { changesUnit } from "../guide/effects/effects.ts";
import { fatalLine } from "./units/last-words.ts";
import { has as does, isOnFile } from "./step-effects.ts";
import {
  covers,
  differingWords,
  machinesNamed,
  type Named,
  named,
  type Reason,
  rank,
  shown,
  weights,
} from "./rank.ts";
import { complaining, isConcerned, madeIn, suspectUnits } from "./units/suspect-units.ts";
import { deathWords, givenTo } from "./units/deaths.ts";
import { leadsOf } from "./trace.ts";
import type { Blame, PlannedStep, ResourceAccess, SuspectUnit } from "../record/blame.ts";
import { wouldNotStart } from "./units/units.ts";

/**
 * For each milestone and step that failed, where that comes from: the steps that made what the failed tests looked at, the
 * units, and what is not as in the last green run. Nothing for what ended as an error, which has no culprit in the guide; but what
 * somebody may have had a hand in at a shell is traced, too, and what was not judged for want of time.
 */
export function blamesOf(evidence: Evidence): Blame[] {
  const { run, green, plan } = evidence;
  const since = differenceOf(green, { ...run, plan, units: evidence.units });
  const { detours = [] } = run;
  const isFailed = ({ outcome, failure }: StepRecord | TestRecord): boolean =>
    outcome === "failed" ||
    failure?.unjudged === true ||
    (failure?.verdict === "usage" && failure.besideGuide?.every((one) => detours.includes(one)) === true);
  const red = run.tests.filter(isFailed);
  const milestones = [...Map.groupBy(red, ({ milestone }) => milestone)].map(([milestone, tests]) =>
    ofTests(milestone, tests, { ...evidence, since }),
  );
  const order = plan.map(({ key }) => key);
  const failed = run.steps.filter(isFailed).toSorted((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  const [first] = failed;
  if (!first) return milestones;
  const machines = failed.filter(({ id }) => id === first.id).map(({ machine }) => machine);
  return [blameOfStep(first, machines, { ...evidence, since }), ...milestones];
}

function ofTests(milestone: string, tests: readonly TestRecord[], known: Known): Blame {
  const all = known.run.tests.filter(({ outcome }) => outcome !== "skipped");
  const share = (fits: (test: TestRecord) => boolean): number =>
    tests.filter(fits).length / Math.max(1, all.filter(fits).length);
  const looked = distinct(tests.flatMap(({ looks: own = [] }) => own)).map((look) => ({
    look,
    weight: share(({ looks: own = [] }) => own.some((other) => nameOf(other) === nameOf(look))),
  }));
  const sections = [...new Set(tests.flatMap(({ sections: own }) => own))];
  const machinesOfPlan = new Set(known.plan.map(({ machine }) => machine));
  const onPlan = [...machinesOfPlan].map((name): Named => ({
    name,
    address: known.machines?.find((machine) => machine.name === name)?.address ?? "",
  }));
  const accused = tests.flatMap(({ failure }) => machinesNamed(failure?.message ?? "", onPlan));
  const message = tests.map(({ failure }) => failure?.message ?? "").join("\n");
  const words = differingWords(message);
  const isTold = looked.some(({ look }) => look.kind === "unit" && words.has(look.name));
  // Where only the API server was asked, what it says of a machine is up to that machine's units, unless one that was looked at is named.
  const indirect = sections.flatMap((section) =>
    madeIn(section, known.effects)
      .filter(({ machine }) => !isTold && accused.includes(machine))
      .filter((made) => !looked.some(({ look }) => nameOf(look) === nameOf(made)))
      .map((look) => ({ look, weight: share(({ sections: own }) => own.includes(section)) })),
  );
  const looks = [...looked, ...indirect];
  const guards = sections.map((section) => ({
    section,
    weight: share(({ sections: own }) => own.includes(section)),
  }));
  const machines = [...tests.flatMap(({ failure }) => failure?.machine ?? []), ...accused];
  return {
    of: milestone,
    tests: tests.map(({ name }) => name),
    ...assemble({ looks, guards, message, machines, accused, ...laterThan(tests, all) }, known),
    sections,
  };
}

/** The milestone that was looked at last, if its tests began after these had ended. */
function laterThan(tests: readonly TestRecord[], all: readonly TestRecord[]): Pick<Trail, "later"> {
  const end = Math.max(...tests.map(({ startMs, durationMs }) => startMs + durationMs));
  const last = all.toSorted((a, b) => a.startMs - b.startMs).at(-1);
  const isLater = last !== undefined && last.startMs > end && last.milestone !== tests[0]?.milestone;
  return isLater ? { later: last.milestone } : {};
}

/** A step that failed on some machines: its script says what it looks at, files of earlier steps and units. */
function blameOfStep(step: StepRecord, machines: readonly string[], known: Known): Blame {
  const effect = known.effects.find((each) => each.step.key === step.key);
  const own = effect?.effects ?? [];
  const as = (kind: ResourceAccess["kind"], of: typeof own): ResourceAccess[] =>
    of.map(({ machine: on, what }) => ({ machine: on, kind, name: what }));
  const looks = distinct([...as("file", own.filter(isOnFile)), ...as("unit", own.filter(changesUnit))]).map(
    (look) => ({ look, weight: 1 }),
  );
  const message = `${step.failure?.message ?? ""}\n${step.failure?.outputTail ?? ""}`;
  const guards = [step.section, ...above(step.section)].map((section, index) => ({
    section,
    weight: 2 ** -index,
  }));
  return {
    of: step.key,
    tests: [],
    ...assemble({ looks, guards, message, machines, failed: step.key }, known),
    sections: [step.section],
  };
}

function assemble(trail: Trail, known: Known): Omit<Blame, "of" | "tests" | "sections"> {
  const { effects, since, green, findings = [] } = known;
  const present = new Set(known.plan.map(({ id }) => id));
  const gone = (green?.plan ?? []).filter(({ id }) => !present.has(id));
  const plan = [...known.plan, ...gone];
  const states = [...known.units, ...(green?.units ?? [])];
  const units = suspectUnits(trail, known);
  const odd = units.filter((unit) => unit.odd !== undefined);
  const deaths = findings.filter(({ dead }) => dead);
  const differing = differingWords(trail.message);
  const isMentioned = ({ name }: ResourceAccess): boolean => differing.has(posix.basename(name, ".service"));
  const onNamed = ({ machine: on }: PlannedStep): number =>
    trail.accused?.includes(on) ? weights.mentioned : 1;
  const ofStep = (key: string | undefined, kind: Reason["kind"], weight: number, why: string): Reason[] =>
    plan.filter((step) => step.key === key).map((step) => ({ step, kind, weight, why }));
  const reasons: Reason[] = [
    ...trail.looks.flatMap(({ look, weight }) =>
      leadsOf(look, effects, states).map(({ step, distance, why, stops }): Reason => ({
        step,
        kind: "looked at",
        weight:
          weight *
          weights.look *
          weights.fade ** distance *
          (isMentioned(look) ? weights.mentioned : 1) *
          (stops ? weights.mentioned : 1) *
          onNamed(step),
        why: `used by what failed: ${why}`,
      })),
    ),
    ...odd.flatMap((state) => {
      const { machine, unit, active, result, odd: what = "" } = state;
      const isUp = active === "active";
      const kind = isUp ? "odd unit" : "made";
      const weight = isUp ? oddness(what, isConcerned(trail, known, state)) : weights.made;
      const leads = leadsOf({ machine, kind: "unit", name: unit }, effects, states);
      const starts = startsOf(state, effects);
      // One that was stopped, and has not failed, runs as its file says: it is not as who starts it left it.
      const isStopped = active === "inactive" && result === "success";
      const isStarter = ({ key }: PlannedStep): boolean =>
        effects.some((each) => each.step.key === key && does(each, machine, unit, changesUnit));
      return leads
        .filter(({ step }) => starts.size === 0 || starts.has(step.key))
        .map(({ step, distance, why }): Reason => ({
          step,
          kind,
          weight: weight * weights.fade ** (distance + (isStopped && !isStarter(step) ? 1 : 0)),
          why: `${unit} is ${what}: ${why}`,
        }));
    }),
    ...odd.flatMap((state) => {
      const { unit, active, odd: what = "", journal = "" } = state;
      if (active !== "active") return named(unit, fatalLine(journal) ?? "", plan);
      const weight = isConcerned(trail, known, state) ? weights.shown : weights.overheard;
      return named(unit, what, plan, weight);
    }),
    ...deaths.flatMap((finding) => ofStep(finding.step, "died", weights.died, deathWords(finding, deaths))),
    ...deaths.flatMap(({ unit, said = "" }) => named(unit, said, plan)),
    ...deaths.flatMap((finding) => givenTo(finding, known)),
    ...trail.guards.flatMap(({ section, weight }) =>
      plan
        .filter((step) => covers(section, step.section))
        .map((step): Reason => ({
          step,
          kind: "guards",
          weight: weight * weights.guards * onNamed(step),
          why: `guards: section ${section}`,
        })),
    ),
    ...ofStep(trail.failed, "failed", weights.shown, "failed"),
    ...shown(trail.message, plan),
  ];
  const isEarlier = notAfter(trail.failed, known);
  const suspects = rank(
    reasons.filter(({ step }) => isEarlier(step)),
    plan,
    since && { ...since, blocks: since.blocks.filter(isEarlier) },
    unreachedIn(known),
  );
  const seen = trail.machines.length > 0 ? trail.machines : odd.map(({ machine }) => machine);
  const machine = machineOf(suspects[0]?.machines, seen);
  return { ...(machine !== undefined && { machine }), steps: suspects, units, ...(since && { since }) };
}

/**
 * Blocks after the last one that ran: none of them did what was seen. One that came earlier in what the guide is compared with may
 * be missing where it was. None if no step ran, for then the machines were there before.
 */
function unreachedIn({ run, plan, green, since }: Known): ReadonlySet<string> {
  const ran = new Set(run.steps.filter(({ outcome }) => outcome !== "skipped").map(({ key }) => key));
  const last = plan.findLast(({ key }) => ran.has(key))?.id;
  if (last === undefined) return new Set();
  const before = green?.plan ?? [];
  const end = before.findLastIndex(({ id }) => id === last);
  const earlier = [
    ...plan.slice(0, plan.findLastIndex(({ id }) => id === last) + 1),
    ...before.slice(0, end + 1),
    ...(since?.blocks.filter(({ kind }) => kind === "moved") ?? []),
  ];
  const ids = new Set(plan.map(({ id }) => id));
  for (const { id } of earlier) ids.delete(id);
  return ids;
}

/** Keys of the steps that start a unit which is not enabled, and should enable it; none for another one. */
const startsOf = (
  { machine, unit, enabled, odd = "" }: SuspectUnit,
  effects: Known["effects"],
): ReadonlySet<string> =>
  enabled === "disabled" && odd.includes(wouldNotStart)
    ? new Set(effects.filter((each) => does(each, machine, unit, changesUnit)).map(({ step }) => step.key))
    : new Set();

/** Whether a block, in the guide or gone from it, does not come after the step that failed: what comes later has no part in it. */
function notAfter(
  failed: string | undefined,
  { plan, green }: Known,
): (block: { readonly id: string }) => boolean {
  const step = plan.find(({ key }) => key === failed);
  if (!step) return () => true;
  const [own, old] = [plan, green?.plan ?? []].map((steps) => steps.map(({ id }) => id));
  return ({ id }) => {
    const orders = [own, old].filter((ids) => ids?.includes(id) && ids.includes(step.id));
    return orders.length === 0 || orders.some((ids) => ids && ids.indexOf(id) <= ids.indexOf(step.id));
  };
}

/** Where the first suspect is, if that is one machine: of its machines the one on which something was seen. */
const machineOf = (suspected: readonly string[] | undefined, seen: readonly string[]): string | undefined =>
  onlyOne(suspected ?? seen) ?? onlyOne(seen.filter((machine) => suspected?.includes(machine)));

const oddness = (odd: string, concerned: boolean): number => {
  if (!odd.startsWith(complaining)) return weights.odd;
  return concerned ? weights.complains : weights.overheard;
};

const above = (section: string): string[] => {
  const parts = section.split(".");
  return parts.slice(2).map((_, index) => parts.slice(0, -1 - index).join("."));
};

const onlyOne = (names: readonly string[]): string | undefined =>
  new Set(names).size === 1 ? names[0] : undefined;

const nameOf = ({ machine, kind, name }: ResourceAccess): string => `${machine} ${kind} ${name}`;

const distinct = (looks: readonly ResourceAccess[]): ResourceAccess[] => [
  ...new Map(looks.map((look) => [nameOf(look), look])).values(),
];
