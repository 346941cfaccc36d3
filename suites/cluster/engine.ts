/** All that suites know of the engine. */
export {
  Deadlines,
  describeWait,
  guideMachines,
  GuideFailure,
  lateFailure,
  memberId,
  NotYet,
  openCluster,
  sh,
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
  SuiteMessage,
  TestRecord,
} from "../../harness/cluster.ts";
