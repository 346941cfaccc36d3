/** The engine's door for scripts. */
export { optionsOf, recordOf, runProgram } from "./rounds/children.ts";
export {
  assertAlone,
  command,
  countFor,
  type GivenOptions,
  main,
  print,
  settingsOfRound,
  withSettings,
} from "./cli/command/command.ts";
export { noted } from "./cli/command/note.ts";
export { inLanes, type Place } from "./rounds/lanes.ts";
export { Unfinished } from "./rounds/unfinished.ts";
export { workflow } from "./cli/command/workflow.ts";
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
export { common, signature } from "./guide/edit/compare.ts";
export { differenceOf } from "./guide/edit/difference.ts";
export { type Erratum, errataIds, loadErrata } from "./guide/edit/errata.ts";
export { parseGuide } from "./guide/parse/parse.ts";
export { type Action, describeSymptom, findMessage } from "./guide/edit/symptom.ts";
export type { Plan, Step, StepGroup } from "./guide/types.ts";
export { describeLoad, type HostLoad } from "./host/load.ts";
export { hierarchies, type Hierarchy, tryHost } from "./host-trial/trial.ts";
export { type Interruption, interruptions } from "./interruptions.ts";
export { withLockOrFail } from "./host/lock.ts";
export type { MachineSpec, SshEndpoint } from "./machines/machine.ts";
export { shellQuote } from "./machines/ssh/quote.ts";
export { sh } from "./machines/ssh/sh.ts";
export { isRed, type Outcome } from "./record/outcome.ts";
export { owned } from "./host/owned.ts";
export { projectRoot, stateRoot } from "./host/paths.ts";
export { parseAs, parseJson, readJson, readJsonLines, replaceFile, setAside } from "./host/persisted.ts";
export {
  identify,
  isAlive,
  isElsewhere,
  processIdentity,
  type ProcessIdentity,
} from "./host/process-identity.ts";
export { type Case, casesXml } from "./report/cases.ts";
export { html, Markup } from "./report/html/markup.ts";
export { style } from "./report/html/style.ts";
export { count, duration } from "./report/text.ts";
export { headlines, milestoneTitle } from "./report/labels.ts";
export { quietReporters, reporters } from "./report/index.ts";
export type { FailureRecord, RunRecord, TestRecord } from "./record/record.ts";
export type { Run } from "./run/run.ts";
export { savePoints } from "./run/checkpoints/chain.ts";
export { circumstancesOf } from "./run/inputs.ts";
export { guideMachines } from "./settings/machines.ts";
export { LoadWatch } from "./run/cluster/load-watch.ts";
export { type OpenCluster, openCluster } from "./run/cluster/open.ts";
export { processRedactor } from "./secrets/redact.ts";
export { enterRun, mayRun, runsIn, verdictOf } from "./run/evidence/runs.ts";
export {
  assertOwnGuide,
  defaultSettings,
  isOwnGuide,
  planOf,
  portsOf,
  type Settings,
  settingsFor,
} from "./settings/settings.ts";
export { keepTrial, type TrialScore } from "./record/trial-score.ts";
export { failureRecord } from "./run/verdict.ts";
export { exitCodeOf, gitCommit, withRun } from "./run/workflow.ts";
