/** All that suites know of the engine. */
export {
  describeWait,
  guideMachines,
  GuideFailure,
  lateFailure,
  memberId,
  NotYet,
  openCluster,
  unitCommands,
  UsageError,
  waitFor,
} from "../../harness/cluster.ts";
export type {
  Connection,
  ErrorDetails,
  ExecResult,
  Look,
  MachineSpec,
  OpenCluster,
  TestRecord,
} from "../../harness/cluster.ts";
