/** The engine's door for scripts. */
export { optionsOf, recordOf, runProgram } from "./commands/children.ts";
export {
  assertAlone,
  command,
  countFor,
  type GivenOptions,
  main,
  print,
  settingsOfRound,
  withSettings,
} from "./commands/command.ts";
export { noted } from "./commands/note.ts";
export { inLanes, type Place } from "./commands/lanes.ts";
export { Unfinished } from "./commands/unfinished.ts";
export { workflow } from "./commands/workflow.ts";
export { Deadlines } from "./deadlines.ts";
export {
  exitCodes,
  gravestExitCode,
  GuideFailure,
  HarnessDefect,
  HarnessError,
  InfrastructureError,
  toHarnessError,
  UsageError,
  type Verdict,
} from "./errors.ts";
export { common, signature } from "./guide/compare.ts";
export { differenceOf } from "./guide/difference.ts";
export { type Erratum, errataIds, loadErrata } from "./guide/errata.ts";
export { parseGuide } from "./guide/parse.ts";
export { type Action, describeSymptom, findMessage } from "./guide/symptom.ts";
export type { Plan, Step, StepGroup } from "./guide/types.ts";
export { describeLoad, type HostLoad } from "./host-load.ts";
export { hierarchies, type Hierarchy, tryHost } from "./host-trial/trial.ts";
export { type Interruption, interruptions } from "./interruptions.ts";
export { withLockOrFail } from "./lock.ts";
export type { MachineSpec, SshEndpoint } from "./machines/machine.ts";
export { shellQuote } from "./machines/ssh/quote.ts";
export { sh } from "./machines/ssh/sh.ts";
export { isRed, type Outcome } from "./outcome.ts";
export { owned } from "./owned.ts";
export { projectRoot, stateRoot } from "./paths.ts";
export { parseAs, parseJson, readJson, readJsonLines, replaceFile, setAside } from "./persisted.ts";
export { identify, isAlive, isElsewhere, processIdentity, type ProcessIdentity } from "./process-identity.ts";
export { type Case, casesXml } from "./report/cases.ts";
export { html, Markup } from "./report/html/markup.ts";
export { style } from "./report/html/style.ts";
export { count, duration } from "./report/text.ts";
export { headlines, milestoneTitle } from "./report/words.ts";
export { quietReporters, reporters } from "./report/index.ts";
export type { FailureRecord, RunRecord, TestRecord } from "./run/record.ts";
export type { Run } from "./run/run.ts";
export { savePoints } from "./run/checkpoints/way.ts";
export { circumstancesOf } from "./run/inputs.ts";
export { guideMachines } from "./run/machines.ts";
export { LoadWatch } from "./run/load-watch.ts";
export { type OpenCluster, openCluster } from "./run/open.ts";
export { processRedactor } from "./run/redact.ts";
export { enterRun, mayRun, runsIn, verdictOf } from "./run/runs.ts";
export {
  assertOwnGuide,
  defaultSettings,
  isOwnGuide,
  planOf,
  portsOf,
  type Settings,
  settingsFor,
} from "./run/settings.ts";
export { keepTrial, type TrialScore } from "./run/trial-score.ts";
export { failureRecord } from "./run/verdict.ts";
export { exitCodeOf, gitCommit, withRun } from "./run/workflow.ts";
