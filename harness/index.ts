/** The engine's door for scripts. */
export { command, main, print } from "./commands/command.ts";
export { workflow } from "./commands/workflow.ts";
export { HarnessDefect, UsageError } from "./errors.ts";
export type { RunRecord } from "./run/record.ts";
