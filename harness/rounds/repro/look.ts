import type { Action } from "../../guide/edit/symptom.ts";
import type { Plan } from "../../guide/types.ts";
import { tailOf } from "../../host/exec.ts";
import type { Run } from "../../run/run.ts";
import { describeWait, NotYet, waitFor } from "../../waits/wait.ts";
import type { Entry } from "./catalogue/catalogue.ts";
import { appearanceOf, type RunObservations, told } from "./judge.ts";

const pollInterval = 500;

/** A probe's symptom on another machine. */
export const onMachine = (symptom: Entry["symptom"], on: string | undefined): Entry["symptom"] =>
  "probe" in symptom && on !== undefined ? { ...symptom, probe: { ...symptom.probe, on } } : symptom;

/** The other machines of the step from which a probe is asked that show the symptom, too: the correction has to help there as well. */
export async function alsoShownOn(run: Run, { groups }: Plan, symptom: Entry["symptom"]): Promise<string[]> {
  if (!("probe" in symptom) || symptom.from === undefined) return [];
  const { probe, from } = symptom;
  const steps = groups.find(({ id }) => id === from)?.steps ?? [];
  const others = steps.map(({ machine }) => machine).filter((machine) => machine !== probe.on);
  const shown = await Promise.all(
    others.map(async (on) => {
      const printed = await printedBy(run, { ...probe, on });
      return appearanceOf({ symptom }, { tests: [], printed }).appeared ? [on] : [];
    }),
  );
  return shown.flat();
}

/** What is red or still shows the symptom after the correction; undefined if all is well. */
export function stillSeen(
  entry: Entry,
  seen: RunObservations,
  machine: string | undefined,
): string | undefined {
  const red = notGreen(seen);
  if (red !== undefined) return red;
  const { appeared, seen: found } = appearanceOf(entry, seen);
  if (!appeared || "harmless" in entry.symptom) return undefined;
  const on = "probe" in entry.symptom && machine !== entry.symptom.probe.on ? ` on ${machine}` : "";
  const how = seen.waited ? ` (${describeWait(seen.waited)})` : "";
  return `still there${on}${how}: ${found}`;
}

/** What a probe prints, of which nothing is noted: it may be asked many times. */
export async function printedBy(run: Run, { on, run: script }: Action): Promise<string> {
  return (await run.exec(on, script, { noted: false })).output;
}

/**
 * Looks until the symptom is there, not longer than the probe may take; with `wanted` false until it was away for as long as that,
 * for what is started anew says nothing at first.
 */
export async function look(
  run: Run,
  entry: Entry,
  symptom: Entry["symptom"],
  wanted = true,
): Promise<RunObservations> {
  const { recorder, settings, context } = run;
  const known = recorder.tests.length;
  if ("milestone" in symptom) await run.suites([symptom.milestone]);
  const tests = recorder.tests.slice(known);
  if (!("probe" in symptom)) return { tests };
  const { on, run: script, within = 0 } = symptom.probe;
  const time = within * settings.timeoutFactor;
  let seen: RunObservations = { tests };
  let awaySince: number | undefined;
  const once = async (): Promise<void> => {
    const printed = await printedBy(run, symptom.probe);
    seen = { tests, printed };
    const { appeared } = appearanceOf(entry, seen);
    awaySince = appeared ? undefined : (awaySince ?? performance.now());
    const isAway = awaySince !== undefined && performance.now() - awaySince >= time;
    if (wanted ? !appeared : !isAway) throw new NotYet(printed);
  };
  await waitFor(once, {
    // It may show for as long as it takes to go away.
    deadline: wanted ? time : 2 * time,
    interval: pollInterval,
    signal: context.signal,
    late(waited) {
      if (within > 0) seen = { ...seen, waited };
      return new NotYet(waited.last);
    },
  }).catch((thrown: unknown) => {
    if (!(thrown instanceof NotYet)) throw thrown;
  });
  recorder.note(`${on}: ${script.trim()}\n${tailOf(seen.printed ?? "", told)}`);
  return seen;
}

/** The tests that are not green, a line each. */
export function notGreen({ tests }: RunObservations): string | undefined {
  const red = tests.filter(({ outcome }) => outcome !== "passed" && outcome !== "skipped");
  if (red.length === 0) return undefined;
  return red.map(({ name, failure }) => `${name}: ${failure?.message ?? ""}`).join("\n");
}
