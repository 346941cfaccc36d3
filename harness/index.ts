/** The engine's door: what scripts and the suites' fixture may use. */
export { command, main, print } from "./commands/command.ts";
export { workflow } from "./commands/workflow.ts";
export { type OpenCluster, openCluster } from "./run/open.ts";
export type { Run } from "./run/run.ts";
export type { RunRecord, TestRecord } from "./run/record.ts";
export type { Connection, ExecResult } from "./machines/ssh/connection.ts";
export { GuideFailure, HarnessError, InfrastructureError, UsageError } from "./errors.ts";
