import { isRed } from "../record/outcome.ts";
import type { StepRecord, TestRecord } from "../record/record.ts";
import { differenceOf, type Comparable } from "./difference.ts";
import { changesUnit } from "../guide/effects/effects.ts";
import { isOnFile, type StepEffects } from "./step-effects.ts";
import { covers, type Reason, rank, shown, weights } from "./rank.ts";
import { leadsOf } from "./trace.ts";
import type {
  Blame,
  Difference,
  ResourceAccess,
  PlannedStep,
  SuspectUnit,
  UnitFinding,
  UnitState,
} from "../record/blame.ts";
import { describeFinding, oddityOf } from "./units.ts";

/** All that blame is found from. */
export type Evidence = {
  readonly run: Comparable & { readonly tests: readonly TestRecord[] };
  readonly plan: readonly PlannedStep[];
  readonly effects: readonly StepEffects[];
  /** The guide's units at the run's end. */
  readonly units: readonly UnitState[];
  /** Units that did not stay up after a step started them. */
  readonly findings?: readonly UnitFinding[];
  /** The last green run, if there is one. */
  readonly green?: Comparable & { readonly units?: readonly UnitState[] };
};

const mostUnits = 4;

/**
 * For each red milestone, and for a step that failed, where that comes from: the steps that made what the red tests
 * looked at, the units, and what is not as in the last green run. Nothing for a run in which nothing is red.
 */
export function blamesOf(evidence: Evidence): Blame[] {
  const { run, green, plan } = evidence;
  const since = green && differenceOf(green, { ...run, plan });
  const red = run.tests.filter(isRed);
  const milestones = [...Map.groupBy(red, ({ milestone }) => milestone)].map(([milestone, tests]) =>
    ofTests(milestone, tests, { ...evidence, since }),
  );
  // What is not possible here has no culprit in the guide.
  const step = run.steps.find((each) => isRed(each) && each.failure?.verdict !== "not-possible");
  return step ? [ofStep(step, { ...evidence, since }), ...milestones] : milestones;
}

type Known = Evidence & { readonly since: Difference | undefined };

function ofTests(milestone: string, tests: readonly TestRecord[], known: Known): Blame {
  const all = known.run.tests.filter(({ outcome }) => outcome !== "skipped");
  const share = (has: (test: TestRecord) => boolean): number =>
    tests.filter(has).length / Math.max(1, all.filter(has).length);
  const looks = distinct(tests.flatMap(({ looks: own = [] }) => own)).map((look) => ({
    look,
    weight: share(({ looks: own = [] }) => own.some((other) => nameOf(other) === nameOf(look))),
  }));
  const sections = [...new Set(tests.flatMap(({ sections: own }) => own))];
  const guards = sections.map((section) => ({
    section,
    weight: share(({ sections: own }) => own.includes(section)),
  }));
  const message = tests.map(({ failure }) => failure?.message ?? "").join("\n");
  const machine = tests.find(({ failure }) => failure?.machine !== undefined)?.failure?.machine;
  return {
    of: milestone,
    tests: tests.map(({ name }) => name),
    ...assemble({ looks, guards, message, machine }, known),
    sections,
  };
}

/** A step's script says what it looks at: files of earlier steps, and units. */
function ofStep(step: StepRecord, known: Known): Blame {
  const { machine } = step;
  const effect = known.effects.find((each) => each.step.key === step.key);
  const own = effect?.effects ?? [];
  const as = (kind: ResourceAccess["kind"], of: typeof own): ResourceAccess[] =>
    of.map(({ machine: on, what }) => ({ machine: on, kind, name: what }));
  const looks = distinct([...as("file", own.filter(isOnFile)), ...as("unit", own.filter(changesUnit))]).map(
    (look) => ({ look, weight: 1 }),
  );
  const message = `${step.failure?.message ?? ""}\n${step.failure?.outputTail ?? ""}`;
  const guards = [{ section: step.section, weight: 1 }];
  return {
    of: step.key,
    tests: [],
    ...assemble({ looks, guards, message, machine, failed: step.key }, known),
    sections: [step.section],
  };
}

type Trail = {
  readonly looks: readonly { readonly look: ResourceAccess; readonly weight: number }[];
  readonly guards: readonly { readonly section: string; readonly weight: number }[];
  readonly message: string;
  readonly machine: string | undefined;
  /** Key of the step that failed. */
  readonly failed?: string;
};

function assemble(trail: Trail, known: Known): Omit<Blame, "of" | "tests" | "sections"> {
  const { plan, effects, since, green, findings = [] } = known;
  const states = [...known.units, ...(green?.units ?? [])];
  const units = suspectUnits(trail, known);
  const odd = units.filter((unit) => unit.odd !== undefined);
  const reasons: Reason[] = [
    ...trail.looks.flatMap(({ look, weight }) =>
      leadsOf(look, effects, states).map(({ step, distance, why }): Reason => ({
        step,
        kind: "looked at",
        weight: weight * weights.look * weights.fade ** distance,
        why: `looked at: ${why}`,
      })),
    ),
    ...odd.flatMap(({ machine, unit, odd: what = "" }) =>
      leadsOf({ machine, kind: "unit", name: unit }, effects, states).map(
        ({ step, distance, why }): Reason => ({
          step,
          kind: "odd unit",
          weight: weights.odd * weights.fade ** distance,
          why: `${unit} is ${what}: ${why}`,
        }),
      ),
    ),
    ...findings.flatMap((finding) =>
      plan
        .filter(({ key }) => finding.dead && finding.step === key)
        .map((step): Reason => ({
          step,
          kind: "died",
          weight: weights.died,
          why: `on ${finding.machine}: ${describeFinding(finding)}`,
        })),
    ),
    ...trail.guards.flatMap(({ section, weight }) =>
      plan
        .filter((step) => covers(section, step.section))
        .map((step): Reason => ({
          step,
          kind: "guards",
          weight: weight * weights.guards,
          why: `guards: section ${section}`,
        })),
    ),
    ...plan
      .filter(({ key }) => key === trail.failed)
      .map((step): Reason => ({ step, kind: "failed", weight: weights.shown, why: "failed" })),
    ...shown(trail.message, plan),
  ];
  const suspects = rank(reasons, plan, since);
  const machine = trail.machine ?? odd[0]?.machine ?? onlyOne(suspects[0]?.machines ?? []);
  return {
    ...(machine !== undefined && { machine }),
    steps: suspects,
    units,
    ...(since && { since }),
  };
}

const onlyOne = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined);

/** Units that were looked at, by name or by port, and those that the guarded sections start, if they are odd. */
function suspectUnits({ looks, guards }: Trail, { units, green, effects }: Known): SuspectUnit[] {
  const started = new Set(
    effects
      .filter(({ step }) => guards.some(({ section }) => covers(section, step.section)))
      .flatMap((step) => step.effects.filter(changesUnit))
      .map(({ machine, what }) => `${machine} ${what}`),
  );
  return units
    .flatMap((state) => {
      const looked = looks.filter(({ look }) => leadsToUnit(look, state)).map(({ weight }) => weight);
      const before = green?.units?.find(
        ({ machine, unit }) => machine === state.machine && unit === state.unit,
      );
      const odd = oddityOf(state, before);
      const guarded = started.has(`${state.machine} ${state.unit}`);
      if (looked.length === 0 && !guarded) return [];
      const weight = Math.max(guarded ? 0.1 : 0, ...looked) + (odd === undefined ? 0 : weights.odd);
      return [{ unit: { ...state, ...(odd !== undefined && { odd }) }, weight }];
    })
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, mostUnits)
    .map(({ unit }) => unit);
}

const leadsToUnit = ({ machine, kind, name }: ResourceAccess, state: UnitState): boolean =>
  machine === state.machine &&
  (kind === "port"
    ? state.ports.includes(Number(name))
    : name === state.unit || name.endsWith(`/${state.unit}.service`));

const nameOf = ({ machine, kind, name }: ResourceAccess): string => `${machine} ${kind} ${name}`;

const distinct = (looks: readonly ResourceAccess[]): ResourceAccess[] => [
  ...new Map(looks.map((look) => [nameOf(look), look])).values(),
];
