import type { HarnessError } from "../../../errors.ts";
import type { Step } from "../../../guide/types.ts";
import type { UnitFinding } from "../../../record/blame.ts";

/** A unit that is looked after. */
export type Watched = {
  readonly machine: string;
  readonly unit: string;
  /** Whose affair it is. */
  readonly step: Step;
  /** Its place among all starts, in the guide's order. */
  readonly place: number;
  /** When its step was over, and when its state was last answered, by performance.now(). */
  readonly begunAt: number;
  answeredAt: number;
  /** Whether this run saw it up, or started it: what was down before is not this run's. */
  ours: boolean;
  /** The count of restarts, and the main process's start, as they were seen last. */
  seen?: { readonly restarts: number | undefined; readonly started: string };
  restarts: number;
  /** When a restart was last seen, by performance.now(). */
  restartedAt: number;
  /** Whether systemd is starting it, or is about to start it again. */
  pending: boolean;
  death?: { readonly finding: UnitFinding; readonly failure: HarnessError };
};

/** Whether a unit may still turn out not to come up, for it was started again in the last milliseconds. */
export const isUnsettled = ({ pending, restartedAt }: Watched, milliseconds: number): boolean =>
  pending || performance.now() - restartedAt < milliseconds;

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
  if (now.restarts === undefined || before.restarts === undefined)
    return now.started === before.started ? 0 : 1;
  // A unit that somebody started anew counts from nothing.
  return now.restarts >= before.restarts ? now.restarts - before.restarts : now.restarts;
}
