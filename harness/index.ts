/** The engine's door for scripts. */
export { command, main, print } from "./commands/command.ts";
export { workflow } from "./commands/workflow.ts";
export {
  exitCodes,
  HarnessDefect,
  HarnessError,
  InfrastructureError,
  toHarnessError,
  UsageError,
  type Verdict,
} from "./errors.ts";
export { isAlive, markOf, processSchema, withLockOrFail } from "./lock.ts";
export { projectRoot, stateRoot } from "./paths.ts";
export { html, Markup } from "./report/html/markup.ts";
export { style } from "./report/html/style.ts";
export { count, duration } from "./report/text.ts";
export { headlines, milestoneTitle } from "./report/words.ts";
export type { Outcome, RunRecord } from "./run/record.ts";
export { gitCommit } from "./run/workflow.ts";
