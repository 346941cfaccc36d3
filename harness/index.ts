/** The engine's door for scripts. */
export {
  command,
  countFor,
  type GivenOptions,
  main,
  print,
  settingsOfRound,
  withSettings,
} from "./cli/command/command.ts";
export {
  assertE2e,
  assertFree,
  assertPart,
  assertSuites,
  e2eOptions,
  type E2eOptions,
  isWalk,
  type PartOptions,
  suiteNames,
} from "./cli/requests.ts";
export { commands } from "./cli/cli.ts";
export { bare } from "./cli/command/base.ts";
export { only } from "./cli/command/lazy.ts";
export { noted } from "./cli/command/note.ts";
export { workflow } from "./cli/command/workflow.ts";
export { Deadlines } from "./deadlines.ts";
export { exitCodes, gravestExitCode } from "./errors.ts";
export { fetchChromium } from "./host/packages/chromium.ts";
export { hierarchies, type Hierarchy, tryHost } from "./host-trial/trial.ts";
export { interruptions } from "./interruptions.ts";
export { duration } from "./report/text.ts";
export { savePoints } from "./run/checkpoints/chain.ts";
