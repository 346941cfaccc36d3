import type { HarnessError } from "../../../errors.ts";
import type { Step, StepGroup } from "../../../guide/types.ts";
import type { UnitFinding } from "../../../record/blame.ts";
import { ownerOf, turns } from "./unit-survey.ts";

/** A unit that is looked after. */
export type Watched = {
  readonly machine: string;
  readonly unit: string;
  readonly step: Step;
  /** The place of its block among those that are done. */
  readonly place: number;
  /** When its step was over, and when its state was last answered, by performance.now(). */
  readonly begunAt: number;
  answeredAt: number;
  /** Whether this run saw it up, or started it: what was down before is not this run's. */
  ours: boolean;
  /** The count of restarts, and the main process's start, as they were seen last. */
  seen?: { readonly restarts: number | undefined; readonly started: string };
  restarts: number;
  restartedAt: number;
  pending: boolean;
  death?: { readonly finding: UnitFinding; readonly failure: HarnessError };
};

/** Whether a unit may still turn out not to come up, for it was started again in the last milliseconds. */
export const isUnsettled = ({ pending, restartedAt }: Watched, milliseconds: number): boolean =>
  pending || performance.now() - restartedAt < milliseconds;

/** Whether a unit that was started again may be so once more, on a host on which it takes long to fail. */
export const isShaky = (watched: Watched, rests: number): boolean =>
  watched.restarts > 0 && isUnsettled(watched, 4 * rests);

/** Whether nobody knows yet that a unit is up, for its machine said nothing since it had its time. */
export const isUnproved = ({ death, begunAt, answeredAt }: Watched, rests: number): boolean =>
  !death && !(answeredAt - begunAt >= rests);

type Counts = NonNullable<Watched["seen"]>;

/** What `systemctl show` says of a unit's starts. */
export function countsOf(state: ReadonlyMap<string, string>): Counts {
  const restarts = state.get("NRestarts");
  return {
    restarts: restarts === undefined || restarts === "" ? undefined : Number(restarts),
    started: state.get("ExecMainStartTimestampMonotonic") ?? "0",
  };
}

/** Restarts between two looks; the first look is where counting begins. */
export function restartsSince(before: Counts | undefined, now: Counts): number {
  if (!before) return 0;
  // One that had not begun its main process has not started it again.
  if (now.restarts === undefined || before.restarts === undefined)
    return now.started === before.started || before.started === "0" ? 0 : 1;
  // A unit that somebody started anew counts from nothing.
  return now.restarts >= before.restarts ? now.restarts - before.restarts : now.restarts;
}

/** The units that are looked after, each with the step whose affair it is. Asks nobody. */
export class WatchedUnits {
  /** Milliseconds in which a unit that was started again may still turn out not to come up. */
  readonly #settles: number;
  readonly #byMachine = new Map<string, Watched[]>();
  /** The blocks that led to where the machines stand. */
  readonly #done: StepGroup[] = [];

  constructor(settles: number, before: readonly StepGroup[]) {
    this.#settles = settles;
    for (const group of before) this.after(group, false);
  }

  /** A block is done, or its step on one machine: what it started is here from now on, what it stopped no longer. Whether it started any. */
  after(group: StepGroup, ours = true): boolean {
    this.#done.push(group);
    let begun = false;
    for (const step of group.steps) {
      for (const { machine, does, what: unit } of step.effects.filter(turns)) {
        const all = this.of(machine);
        const known = all.find((watched) => watched.unit === unit);
        const rest = all.filter((watched) => watched !== known);
        // What was not up when it was started anew is still the affair of the step that started it first.
        const same = known && isUnsettled(known, this.#settles) ? known : undefined;
        const own = does === "starts" ? [same ?? this.#begin(machine, unit, step, ours)] : [];
        this.#byMachine.set(machine, [...rest, ...own]);
        begun ||= own.length > 0;
      }
    }
    return begun;
  }

  /** A unit was started, or has failed, though nobody can read in the steps that it would. */
  changed(machine: string, unit: string): void {
    const own = this.of(machine);
    const known = own.find((watched) => watched.unit === unit);
    // It was down before, and somebody has started it since.
    if (known) known.ours = true;
    const step = known ? undefined : ownerOf(unit, machine, this.#done);
    if (step) this.#byMachine.set(machine, [...own, this.#begin(machine, unit, step, true)]);
  }

  #begin(machine: string, unit: string, step: Step, ours: boolean): Watched {
    return {
      machine,
      unit,
      step,
      place: this.#done.findIndex(({ id }) => id === step.id),
      begunAt: ours ? performance.now() : -Infinity,
      answeredAt: -Infinity,
      ours,
      restarts: 0,
      restartedAt: -Infinity,
      pending: false,
    };
  }

  of(machine: string): readonly Watched[] {
    return this.#byMachine.get(machine) ?? [];
  }

  all(): Watched[] {
    return [...this.#byMachine.values()].flat();
  }

  deaths(): NonNullable<Watched["death"]>[] {
    return (
      this.all()
        // Machines do not end a block in the same order each time.
        .toSorted((a, b) => a.place - b.place || a.machine.localeCompare(b.machine))
        .flatMap(({ death }) => death ?? [])
    );
  }

  /** Keeps what has died, and what is `wanted`; nothing else is looked after any more. */
  keep(wanted: (watched: Watched) => boolean): void {
    for (const [machine, all] of this.#byMachine) {
      const kept = all.filter((watched) => watched.death || wanted(watched));
      this.#byMachine.set(machine, kept);
    }
  }

  areTouchedBy({ steps }: StepGroup): boolean {
    return steps
      .flatMap(({ effects }) => effects.filter(turns))
      .some(({ machine, what }) => this.of(machine).some(({ unit }) => unit === what));
  }
}
