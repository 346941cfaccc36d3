import type { Connection } from "../../machines/ssh/connection.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError, type Stall, toHarnessError } from "../../errors.ts";
import { isRed } from "../../record/outcome.ts";
import type { RunRecord, StepRecord, TestRecord } from "../../record/record.ts";
import type { Recorder } from "../recorder.ts";
import { undisturbed } from "../../host/load.ts";
import {
  type EnvironmentEvidence,
  isOfLoad,
  judge,
  lost,
  type MachineEvidence,
  saysWhy,
} from "../../blame/judge.ts";
import { blamesOf } from "../../blame/blame.ts";
import { effectsOf, type StepEffects } from "../../blame/step-effects.ts";
import type { Erratum } from "../../guide/edit/errata.ts";
import { findMessage } from "../../guide/edit/symptom.ts";
import type { Step } from "../../guide/types.ts";
import type { TriedRun } from "../../blame/difference.ts";
import { fatalLine, template } from "../../blame/units/last-words.ts";
import { lastGreen, type GreenRunCriteria } from "./green/green.ts";
import type { Blame, PlannedStep, UnitFinding, UnitState } from "../../record/blame.ts";
import { type Heard, idleUnits, isOfUnit } from "../../blame/units/suspect-units.ts";
import type { Named } from "../../blame/rank.ts";
import { type UnitWords, unitsOn, unitStates, wordsOf } from "../../blame/units/units.ts";

/** Seconds before the first red test, or the step that failed, that what units say goes back. */
const before = 30;

type Asked = {
  readonly effects: readonly StepEffects[];
  readonly plan: readonly PlannedStep[];
  readonly connections: readonly Connection[];
  readonly machines: readonly Named[];
};

type BlameOptions = {
  readonly reports: string;
  readonly look?: () => Promise<EnvironmentEvidence>;
  readonly blamed?: ReadonlySet<number>;
  readonly defects?: readonly Pick<Erratum, "symptom">[];
  /** The run's machines, as what fails names them. */
  readonly machines?: readonly Named[];
};

/**
 * Asks the machines, traces what is red in a run, and adds both to its facts. `planned` are the steps of the plan, `reports` is the folder of all runs.
 * What is red and began when `blamed` says was traced as it failed, or corrected: that stays. `defects` are in the guide's text on purpose.
 * Tests that failed for another reason than the guide become errors of the infrastructure; `look` says what is around it.
 * InfrastructureError, once all that is known is in the facts, if a machine or the way to it was not there to the end,
 * whether something is red or not.
 */
export async function recordBlame(
  recorder: Recorder,
  connections: readonly Connection[],
  planned: readonly Step[],
  { reports, look, blamed = new Set(), defects = [], machines = [] }: BlameOptions,
): Promise<void> {
  const { facts } = recorder;
  if (!facts.plan) return;
  const asked = { plan: facts.plan, effects: effectsOf(facts.plan, planned), connections, machines };
  await recorder.span("blame", async () => {
    const around = await look?.();
    const gone = around ? lost(around) : [];
    const units = await askUnits(asked, (problem) => gone.push(problem));
    const heard = await askWords(recorder, units, connections);
    // On a busy host, too, what waits for a unit that refuses to run waits in vain.
    const refused = heard.some(isRefusal) || (facts.unitFindings ?? []).some(isOwnDeath);
    const idle = idleUnits(heard, { ...asked, run: recorder });
    if (around) {
      recorder.excuse(({ late, stalls, message, outputTail = "", machine = "" }, test) => {
        const { startMs, durationMs } = test;
        const ended = recorder.now() - startMs - durationMs;
        const text = `${message}\n${outputTail}`;
        // The time that was waited, or all of a test whose own programs say that they were late.
        const waits: readonly Stall[] = stalls ?? [{ late: late ?? durationMs, ago: 0 }];
        const judged = waits.map(({ late: waited, ago, watched, allowed }) => {
          const load = recorder.load.between(ended + ago + waited, ended + ago);
          const brief = watched === true && waited < briefly;
          const isLate = late !== undefined;
          const isIdle = idle.some(
            (state) =>
              (state.downFor ?? 0) >= ended + ago + waited && isOfUnit(test, state, { ...asked, units }),
          );
          const isKnown = refused || isIdle || isSymptom(defects, test, text);
          const unexplained = allowed !== undefined && undisturbed(waited, load) > allowed;
          const failed = { late: isLate, brief, text, refused: isKnown, machine, unexplained };
          const now = ended + ago < lastMinute ? around.machines : around.machines.map(without);
          const evidence = { machines: now, host: { ...around.host, load } };
          return { reasons: judge(failed, evidence), unjudged: isOfLoad(failed, evidence) };
        });
        // What explains one of them is no excuse for the others.
        const isExcused = judged.every(({ reasons }) => reasons.length > 0);
        const reasons = isExcused ? [...new Set(judged.flatMap((one) => one.reasons))] : [];
        return { reasons, unjudged: judged.some(({ unjudged }) => unjudged) };
      });
    }
    const { id, steps, tests, assists } = recorder;
    const open = { steps: steps.filter(notIn(blamed)), tests: tests.filter(notIn(blamed)) };
    const run = { ...facts, ...open, id, assists, units };
    // Of a shown install bug it is known where it comes from.
    const traced = facts.reproduction ? [] : await traceBlame(run, asked, heard, reports);
    const blames = [...(facts.blames ?? []), ...traced];
    recorder.facts = { ...facts, units, ...(blames.length > 0 && { blames }) };
    if (gone.length === 0) return;
    throw new InfrastructureError(`Not all machines answered to the end: ${gone.join("; ")}`, {
      hint: "See whether they run and what their consoles say; what was tested meanwhile says nothing about the guide.",
    });
  });
}

const notIn =
  (blamed: ReadonlySet<number>) =>
  (one: StepRecord | TestRecord): boolean =>
    !isRed(one) || !blamed.has(one.startMs);

const isSymptom = (
  defects: readonly Pick<Erratum, "symptom">[],
  { milestone, name }: TestRecord,
  text: string,
): boolean =>
  defects.some(
    ({ symptom }) =>
      "milestone" in symptom &&
      symptom.milestone === milestone &&
      (symptom.test === undefined || name.includes(symptom.test)) &&
      findMessage(symptom.message, text) !== undefined,
  );

/** Milliseconds of which a machine tells its load. */
const lastMinute = 60_000;

/** A machine without a load of another time; of one elsewhere nobody knows another. */
const without = ({ load, ...machine }: MachineEvidence): MachineEvidence =>
  machine.isRemote && load ? { ...machine, load } : machine;

/** Milliseconds: a time over which the means that tell a starved host say little. */
const briefly = 10_000;

/** The state of the guide's units on all machines. Tells `onProblem` of a machine that cannot be asked, for that must not hide why. */
async function askUnits(
  { effects, connections }: Asked,
  onProblem: (problem: string) => void,
): Promise<UnitState[]> {
  const states = await Promise.all(
    connections.map((connection) =>
      unitStates(connection, unitsOn(connection.machine, effects)).catch((error: unknown) => {
        onProblem(`${connection.machine}: no unit states: ${toHarnessError(error).message}`);
        return [];
      }),
    ),
  );
  return states.flat();
}

/** Asks what the units have said, if anything is red; blame without it is better than none. */
async function askWords(
  recorder: Recorder,
  units: readonly UnitState[],
  connections: readonly Connection[],
): Promise<Heard[]> {
  const all = [...recorder.steps, ...recorder.tests].filter(isRed);
  if (all.length === 0) return [];
  const seconds = (recorder.now() - Math.min(...all.map(({ startMs }) => startMs))) / 1000 + before;
  return Promise.all(
    units.map(async (state) => {
      const connection = connections.find(({ machine }) => machine === state.machine);
      // What has given up says nothing more: its last words hold, however long ago they were.
      const ago = state.active === "failed" ? Infinity : seconds;
      const lines = connection ? await wordsOf(connection, state.unit, ago).catch(() => []) : [];
      return { state, lines };
    }),
  );
}

/** Whether a unit is down, or is started again and again, and its program says a reason of its own. */
function isRefusal({ state: { active }, lines }: Heard): boolean {
  const said = fatalLine(lines.join("\n"));
  return /^(?:failed|activating)$/.test(active) && said !== undefined && saysWhy({ said });
}

const isOwnDeath = (finding: UnitFinding): boolean => finding.dead && saysWhy(finding);

type Unfinished = TriedRun &
  GreenRunCriteria &
  Pick<RunRecord, "tests" | "unitFindings" | "detours"> & { readonly units: readonly UnitState[] };

/** Traces what is red: compares with what the guide was changed from, or with the last green run that led to it. */
async function traceBlame(
  run: Unfinished,
  { plan, effects, machines }: Asked,
  heard: readonly Heard[],
  reports: string,
): Promise<Blame[]> {
  const red = run.tests.filter(isRed);
  if (red.length === 0 && !run.steps.some(isRed)) return [];
  const green = await lastGreen(reports, run, [...new Set(red.map(({ milestone }) => milestone))]);
  const { units, unitFindings: findings = [] } = run;
  const words = await Promise.all(
    heard.map(async ({ state: { machine, unit }, lines }): Promise<UnitWords> => {
      const log = green && join(reports, green.id, "machines", machine, `${unit}.log`);
      return { machine, unit, lines, usual: await usualWords(log) };
    }),
  );
  return blamesOf({ run, plan, effects, units, machines, findings, words, ...(green && { green }) });
}

/** What a unit said in a green run, by template; undefined if its journal was not kept. */
async function usualWords(log: string | undefined): Promise<ReadonlySet<string> | undefined> {
  const text = log === undefined ? undefined : await readFile(log, "utf8").catch(() => undefined);
  return text === undefined ? undefined : new Set(text.split("\n").map(template));
}
