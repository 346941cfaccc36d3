/** All that suites know of the engine. */
export {
  Deadlines,
  describeWait,
  guideMachines,
  GuideFailure,
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
