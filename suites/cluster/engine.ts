/** All that suites know of the engine. */
export { GuideFailure, openCluster, UsageError } from "../../harness/cluster.ts";
export type { Connection, ErrorDetails, ExecResult, OpenCluster, TestRecord } from "../../harness/cluster.ts";
