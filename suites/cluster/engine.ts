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
  ResourceAccess,
  MachineSpec,
  OpenCluster,
  SuiteMessage,
  TestRecord,
} from "../../harness/cluster.ts";
