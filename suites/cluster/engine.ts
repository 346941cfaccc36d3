/** All that suites know of the engine: how to open a cluster, its connections, and the errors that carry a verdict. */
export { GuideFailure, openCluster, UsageError } from "../../harness/index.ts";
export type { Connection, ExecResult, OpenCluster, TestRecord } from "../../harness/index.ts";
