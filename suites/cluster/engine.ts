/** All that suites know of the engine. */
export {
  Deadlines,
  describeWait,
  effectsOfScript,
  GuideFailure,
  loadProfile,
  memberId,
  NotYet,
  openCluster,
  ownGuide,
  sh,
  unitsIn,
  UsageError,
  waitFor,
} from "../../harness/cluster.ts";
export type {
  Connection,
  ErrorDetails,
  ExecResult,
  Hop,
  ResourceAccess,
  MachineSpec,
  OpenCluster,
  SuiteMessage,
  TestRecord,
} from "../../harness/cluster.ts";
