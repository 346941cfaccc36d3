import { common } from "../../guide/edit/compare/compare.ts";
import type { Plan, StepGroup } from "../../guide/types.ts";
import { sh } from "../../machines/ssh/sh.ts";
import type { Run } from "../../run/run.ts";
import { machinesOf, planOf, type Settings } from "../../settings/settings.ts";
import { act, applyPart, DoneBlocks, type Failed, stepsAsked, upTo } from "./apply.ts";
import { type Entry, isMistake } from "./catalogue/catalogue.ts";
import { appearanceOf, failuresOf, type RunObservations, type SymptomMatch } from "./judge.ts";
import { alsoShownOn, look, notGreen, onMachine, printedBy, stillSeen } from "./look.ts";
import { assertRemedied, isAsBefore, unrepeatable } from "./repeat.ts";

/** What came of an entry: its symptom, and once it was put right, whether that still appeared. */
export type Outcome = SymptomMatch & {
  /** Set after a correction: `green`, or what was seen instead. */
  readonly fixed?: string;
  /** ID and VERSION_ID of the machines' /etc/os-release, without a blank. */
  readonly system: string;
};

export function settingsWith(settings: Settings, entry: Entry): Settings {
  if (entry.changes.length === 0) return settings;
  return isMistake(entry)
    ? { ...settings, edits: [...settings.edits, entry.file] }
    : { ...settings, errata: [...settings.errata, entry.id] };
}

/**
 * Brings machines up, from the last checkpoint before the entry's defect unless all is to be `fresh`, applies the guide as
 * far as the symptom, and looks for it. With `fix` then goes on with the correction on the same machines and looks again.
 * A failure of the guide is what is looked for, not thrown; any other is.
 */
export async function reproduce(
  run: Run,
  entry: Entry,
  corrected: Settings,
  { fix, fresh }: { readonly fix: boolean; readonly fresh: boolean },
): Promise<Outcome> {
  const { symptom, changes, faults, remedy, proof } = entry;
  const plan = await run.plan();
  const mended = await planOf(corrected);
  const progress = new DoneBlocks();
  const from = "probe" in symptom ? symptom.from : undefined;
  /** What was seen before the guide's end. */
  let early: RunObservations | undefined;
  /** How the guide failed with the defect in it. */
  let defect: Failed | undefined;
  /** Looks before each block after the one from which the symptom may show. */
  const turn = async ({ id }: StepGroup): Promise<"run" | "end"> => {
    const isOpen = plan.groups.findIndex((group) => group.id === id) >= upTo(plan, from).length;
    if (!isOpen || !("probe" in symptom)) return "run";
    const seen = { tests: [], printed: await printedBy(run, symptom.probe) };
    if (!appearanceOf(entry, seen).appeared) return "run";
    early = seen;
    return "end";
  };
  const apply = (
    part: Plan,
    groups: readonly StepGroup[],
    options: { readonly save?: boolean; readonly turn?: typeof turn } = {},
  ): Promise<Failed | undefined> => applyPart(run, { ...part, groups }, progress, options);
  const watched = from === undefined ? {} : { turn };

  /** Says how many steps there are to the end of these blocks. */
  const tell = (groups: readonly StepGroup[], after?: string): void =>
    run.recorder.emit({
      type: "asked",
      steps: stepsAsked(groups, run.recorder.steps, after),
      milestones: "milestone" in symptom ? [symptom.milestone] : [],
    });

  /** The blocks on the way to the symptom. */
  const wantedOf = (whole: Plan): readonly StepGroup[] =>
    upTo(whole, "step" in symptom ? symptom.step : "probe" in symptom ? symptom.after : undefined);

  /** What it shows where the guide came to: a failure, or what was looked at; where a step failed a unit may say why. */
  const shown = async (how: Failed | undefined): Promise<SymptomMatch> => {
    defect = how;
    if (early) return appearanceOf(entry, early);
    const failed = how && appearanceOf(entry, { ...how, tests: [] });
    if (failed && (failed.appeared || from === undefined)) return failed;
    const found = appearanceOf(entry, await look(run, entry, symptom));
    return failed && !found.appeared ? failed : found;
  };

  /** Applies the guide as far as the symptom, with the entry's faults in between, and looks. */
  const show = async (sound: readonly StepGroup[]): Promise<SymptomMatch> => {
    const wanted = wantedOf(plan);
    tell(wanted, run.machines.resumed?.after);
    const failed = await apply(plan, sound, { save: true, ...watched });
    if (failed || early) return shown(failed);
    let done = sound.length;
    for (const fault of faults) {
      const to = upTo(plan, fault.after).length;
      const failure = await apply(plan, wanted.slice(done, to), watched);
      if (failure || early) return shown(failure);
      if ("reboot" in fault) await run.machines.reboot(fault.on);
      else await act(run, entry, fault);
      done = to;
    }
    return shown(await apply(plan, wanted.slice(done), watched));
  };

  /** Does what of the corrected guide was not done, then the remedy, then looks again. Resolves with `green` if all is well. */
  const mend = async (): Promise<string> => {
    const wanted = wantedOf(mended);
    // What comes after the place where it showed needs the remedy first.
    const reached = from === undefined ? undefined : progress.lastOf(wantedOf(plan));
    const pending = progress.pending(reached === undefined ? wanted : upTo(mended, reached));
    const last = "step" in symptom ? pending.filter(({ id }) => id === symptom.step) : [];
    const others = pending.filter((group) => !last.includes(group));
    tell(pending);
    const ran = new Set(run.recorder.steps.flatMap(({ id, outcome }) => (outcome === "skipped" ? [] : [id])));
    /** What a failure of the corrected guide says of the correction. UsageError if it is that of a step that cannot be repeated. */
    const verdictOn = (failed: Failed): string => {
      const { failure } = failed;
      const ranBefore = [...ran].some((id) => failure.step?.startsWith(`${id}@`));
      if (ranBefore && !isAsBefore(entry, defect, failed)) throw unrepeatable(entry, failure);
      return failure.message;
    };
    const before = await apply(mended, others);
    if (before) return verdictOn(before);
    for (const action of remedy) await act(run, entry, action);
    const broken = (defect ? failuresOf(defect) : []).flatMap(({ machine = [] }) => machine).toSorted();
    if (proof) {
      if (last.length > 0) assertRemedied(entry, broken);
      // The remedy did what of the failed step was left.
      progress.done(last);
      const rest = upTo(mended, "step" in proof ? proof.step : undefined);
      tell(progress.pending(rest));
      const failure = await apply(mended, progress.pending(rest));
      if (failure) return failure.failure.message;
      if ("step" in proof) return "green";
      const seen = await look(run, entry, { milestone: proof.milestone, message: "" }, false);
      return notGreen(seen) ?? "green";
    }
    const failed = await apply(mended, last);
    if (failed) return verdictOn(failed);
    const places = "probe" in symptom ? new Set([symptom.probe.on, ...broken, ...beside]) : [undefined];
    const found = await Promise.all(
      [...places].map(async (machine) =>
        stillSeen(entry, await look(run, entry, onMachine(symptom, machine), false), machine),
      ),
    );
    return found.find((one) => one !== undefined) ?? "green";
  };

  // Before the defect makes itself felt: checkpoints of these blocks serve many entries.
  const sound = common(wantedOf(plan), mended.groups).slice(
    0,
    faults[0] && upTo(plan, faults[0].after).length,
  );
  await run.up(await run.prepare(), {
    resume: !fresh,
    asFarAs: { ...plan, groups: sound },
    later: [mended],
  });
  const appearance = await show(sound);
  const [{ name: first } = { name: "" }] = await machinesOf(corrected);
  const { stdout } = await run.machines.exec(first, sh`. /etc/os-release; echo "$ID$VERSION_ID"`);
  const outcome = { ...appearance, system: stdout.trim() };
  const beside = fix && appearance.appeared ? await alsoShownOn(run, plan, symptom) : [];
  if (!fix || !appearance.appeared) return outcome;
  if (changes.length + faults.length + remedy.length === 0) {
    run.recorder.note("The corrected guide keeps it: there is nothing to put right.");
    return outcome;
  }
  return { ...outcome, fixed: await mend() };
}
