/** All that suites know of the engine. */
export {
  Deadlines,
  guideMachines,
  GuideFailure,
  memberId,
  openCluster,
  UsageError,
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
