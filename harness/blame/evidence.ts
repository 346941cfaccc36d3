import type { RunRecord } from "../record/record.ts";
import type { Difference, PlannedStep, ResourceAccess, UnitFinding, UnitState } from "../record/blame.ts";
import type { Comparable, TriedRun } from "./difference.ts";
import type { StepEffects } from "./step-effects.ts";
import type { UnitWords } from "./units/units.ts";

/** All that blame is found from. */
export type Evidence = {
  readonly run: TriedRun & Pick<RunRecord, "tests" | "detours">;
  readonly plan: readonly PlannedStep[];
  readonly effects: readonly StepEffects[];
  readonly units: readonly UnitState[];
  readonly findings?: readonly UnitFinding[];
  /** What these have said since shortly before anything was red. */
  readonly words?: readonly UnitWords[];
  readonly green?: Comparable & { readonly units?: readonly UnitState[] };
};

/** The same, compared. */
export type Known = Evidence & { readonly since: Difference | undefined };

/** What leads from something red to its cause. */
export type Trail = {
  readonly looks: readonly { readonly look: ResourceAccess; readonly weight: number }[];
  readonly guards: readonly { readonly section: string; readonly weight: number }[];
  readonly message: string;
  readonly machines: readonly string[];
  /** Machines that the failed assertions name as those of which something is not as wanted. */
  readonly accused?: readonly string[];
  /** The milestone that was looked at last, if that was after what failed: the units are as that has left them. */
  readonly later?: string;
  readonly failed?: string;
};
