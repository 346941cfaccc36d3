/** All that suites know of the engine: how to open a cluster, its connections, and the errors that carry a verdict. */
export { Deadlines } from "./deadlines.ts";
export { type BootKind, openCluster } from "./run/cluster/open.ts";
export { apiserverLacks } from "./run/checkpoints/control-plane.ts";
export { observe, type Observed } from "./run/checkpoints/observe.ts";
export { bootIdCommand } from "./machines/boot.ts";
export { killUnit } from "./blame/kill.ts";
export { shownUnits } from "./blame/units/units.ts";
export type { ResourceAccess } from "./record/blame.ts";
export { effectsOfScript, unitsIn } from "./guide/effects/effects.ts";
export { sh } from "./machines/ssh/sh.ts";
export { describeWait, NotYet, waitFor } from "./waits/wait.ts";
export type { AheadOfTurn, DriftRecord, FaultRecord, Hop } from "./record/observed.ts";
export type { TestRecord } from "./record/record.ts";
export { notAppliedYet } from "./record/selection.ts";
export type { SuiteMessage } from "./run/suites/messages.ts";
export { loadProfile, ownGuide } from "./profile/profile.ts";
export { shortly } from "./report/text.ts";
export { median } from "./rounds/bench/statistics.ts";
export { byMemberId, etcdMembers, memberId } from "./guide/edit/relocate.ts";
export type { MachineSpec } from "./machines/machine.ts";
export type { Connection, ExecResult } from "./machines/ssh/connection.ts";
export {
  type ErrorDetails,
  GuideFailure,
  HarnessDefect,
  InfrastructureError,
  type Stall,
  toHarnessError,
  UsageError,
} from "./errors.ts";
