/** The engine's door for scripts. */
export {
  command,
  countFor,
  type GivenOptions,
  main,
  print,
  settingsOfRound,
  withOwnCluster,
  withSettings,
} from "./cli/command/command.ts";
export {
  assertE2eWords,
  assertFree,
  applyRequest,
  type ApplyRequest,
  e2eOptions,
  type E2eOptions,
  e2eRequest,
  isWalk,
  type PartOptions,
} from "./cli/requests/requests.ts";
export { suiteArgument } from "./cli/requests/suite-names.ts";
export {
  assertSuites,
  grepOption,
  type SuiteOptions,
  type SuiteRequest,
  suiteRequest,
} from "./cli/requests/suite-request.ts";
export { commands } from "./cli/cli.ts";
export { bare } from "./cli/command/base.ts";
export { completionCommand } from "./cli/completion/completion.ts";
export { type LazyCommands, only } from "./cli/command/lazy.ts";
export { noted } from "./cli/command/note.ts";
export { workflow } from "./cli/command/workflow.ts";
export { scriptNames } from "./cli/runtime.ts";
export { exitCodes } from "./errors.ts";
export { fromCaller } from "./host/paths.ts";
export { fetchChromium } from "./host/packages/chromium.ts";
export { interruptions } from "./interruptions.ts";
export { timed } from "./progress.ts";
export { savePoints } from "./run/checkpoints/chain.ts";
export { sameBeginning } from "./run/evidence/guide-change.ts";
export type { ChosenTests } from "./run/suites/selection.ts";
export { planOf } from "./settings/settings.ts";
