import { basename } from "node:path";
import { count } from "../../report/text.ts";
import { loadProfile } from "../../profile/profile.ts";
import { isApart } from "../../run/suites/groups.ts";
import { optionsOf, recordOf } from "../pool/children.ts";
import { GreenRuns } from "../pool/green.ts";
import type { Place, RoundCases } from "../kind.ts";
import { type EditMutant, type FaultMutant, type Mutant, sectionOf } from "./catalogue.ts";
import { FaultCluster } from "./fault-cluster.ts";
import { excuseOf, judge, type MutantResult, notJudged, redMilestones } from "./judge.ts";

/** How mutants are tried: an edit by a run of its own, faults one after the other on a cluster of the lane. */
export const tryMutants = (
  cases: readonly Mutant[],
  green = new GreenRuns(),
): RoundCases<Mutant, MutantResult> => ({
  cases,
  // Another checkout of the same commit has it elsewhere.
  basis: (mutant) => ({ ...mutant, file: basename(mutant.file) }),
  place: ({ file }) => ({ file, line: 1 }),
  batches,
  runs,
  attempt(batch, place) {
    const faults = batch.filter((mutant) => mutant.kind === "fault");
    return faults.length > 0
      ? tryFaults(faults, place)
      : tryEdits(
          batch.filter((mutant) => mutant.kind === "edit"),
          place,
          green,
        );
  },
  notJudged,
});

/** Edits need a run each, and one without any of them for each choice of suites. */
function runs(mutants: readonly Mutant[], settings: Place["settings"]): string {
  const edits = mutants.filter((mutant) => mutant.kind === "edit");
  const choices = new Set(edits.map((mutant) => suitesFor(mutant, settings).join(" ")));
  const faults = mutants.length - edits.length;
  const told = [
    edits.length > 0 &&
      `${count(edits.length, "run")} of the changed guide; before the first with each choice of suites, ${choices.size} of the guide unchanged, which must be green`,
    faults > 0 && `${count(faults, "fault")} on a running cluster, with a run of suites each`,
  ];
  return told.filter(Boolean).join("; ");
}

/** Faults first, on one cluster a lane; edits fill the lanes up, the later in the guide, and so the shorter, the later. */
function batches(mutants: readonly Mutant[], lanes: number): (readonly Mutant[])[] {
  const faults = interleaved(mutants.filter((mutant) => mutant.kind === "fault"));
  const edits = mutants
    .filter((mutant) => mutant.kind === "edit")
    .toSorted((a, b) => sectionOf(a).localeCompare(sectionOf(b), undefined, { numeric: true }));
  const each = Math.ceil(faults.length / lanes);
  const shares = Array.from({ length: lanes }, (_, lane) => faults.slice(lane * each, (lane + 1) * each));
  return [...shares.filter(({ length }) => length > 0), ...edits.map((edit) => [edit])];
}

/**
 * Applies the changed guide from the last checkpoint before the change, saving none, and judges what the suites say. What is red
 * without any change is no mutant's kill: the same tests must be green first.
 */
async function* tryEdits(
  mutants: readonly EditMutant[],
  { settings, signal, doing }: Place,
  green: GreenRuns,
): AsyncGenerator<MutantResult> {
  for (const mutant of mutants) {
    const suites = suitesFor(mutant, settings);
    doing?.(`the guide unchanged, ${suites.join(" ")}`);
    await green.demand(suites, settings, signal);
    doing?.();
    const changed = { ...settings, edits: [...settings.edits, mutant.file] };
    const options = ["--resume", "--no-save", ...suites, ...optionsOf(changed)];
    yield judge(mutant, await recordOf("e2e", options, signal));
  }
}

/** All, and what is asked for by its name alone, if that is to notice the mutant; or some tests of that. */
function suitesFor({ milestone = "all", grep }: EditMutant, { guide }: Place["settings"]): string[] {
  if (!isApart([milestone], loadProfile(guide))) return ["--suite", "all"];
  return grep === undefined ? ["--suite", "all", milestone] : ["--suite", milestone, "--grep", grep];
}

/**
 * Tries faults one after another on one cluster. What a fault turned red must be green again in the next run; otherwise the
 * fault counts as not undone, and the next one gets new machines, as it does after a script that failed, and after a fault that
 * could not be judged because the host was starved or a machine is gone. Where that next run is none, the fault before is not
 * judged either.
 */
async function* tryFaults(mutants: readonly FaultMutant[], place: Place): AsyncGenerator<MutantResult> {
  const queue = [...mutants];
  const machines = new FaultCluster(place);
  let before: MutantResult | undefined;
  try {
    await machines.up();
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const one = mutant;
      // What is still red of the fault before would pass for this one's kill.
      if (before && before.red.some((name) => [one.milestone, ...one.also_red].includes(name))) {
        const seen = await seenUndone(before, machines);
        before = undefined;
        if (seen.outcome === "not undone" || seen.outcome === "not judged") await machines.renew();
        yield seen;
      }
      const result = await tryFault(one, machines).catch((thrown: unknown) => {
        place.signal.throwIfAborted();
        return notJudged(one, thrown);
      });
      if (result.outcome === "not judged") {
        if (before) yield before.red.length === 0 ? before : unshown(before, result);
        before = undefined;
        yield result;
        // Whatever it has done, the next one gets machines without it.
        if (queue.length > 0) await machines.renew();
      } else if (before && staysRed(before, result, one)) {
        yield notUndone(before, result.red);
        before = undefined;
        queue.unshift(one);
        await machines.renew();
      } else {
        if (before) yield before;
        before = result;
      }
    }
    if (before) yield await seenUndone(before, machines);
  } finally {
    await machines.down();
  }
}

/** The result, once a run of the suites has no fault to notice. */
async function seenUndone(result: MutantResult, machines: FaultCluster): Promise<MutantResult> {
  const after = await machines.suites();
  const excuse = excuseOf(after);
  if (excuse) return { ...result, outcome: "not judged", detail: excuse.message, verdict: excuse.verdict };
  const red = redMilestones(after);
  return red.length === 0 ? result : notUndone(result, red);
}

const notUndone = (result: MutantResult, red: readonly string[]): MutantResult => ({
  ...result,
  outcome: "not undone",
  detail: `still red: ${red.join(", ")}`,
});

/** The result of a fault after which the next one could not be judged. */
const unshown = (result: MutantResult, { detail, verdict }: MutantResult): MutantResult => ({
  ...result,
  outcome: "not judged",
  detail: `nothing has shown that it was undone: ${detail}`,
  ...(verdict && { verdict }),
});

/** Whether a milestone is red that only the fault before can have to do with. */
const staysRed = (before: MutantResult, { red }: MutantResult, mutant: FaultMutant): boolean =>
  red.some((name) => before.red.includes(name) && ![mutant.milestone, ...mutant.also_red].includes(name));

/** An order in which, where possible, no fault may hide that the one before is not undone. */
export function interleaved(mutants: readonly FaultMutant[]): FaultMutant[] {
  const rest = [...mutants];
  const order: FaultMutant[] = [];
  while (rest.length > 0) {
    const last = order.at(-1);
    const reach = last ? [last.milestone, ...last.also_red] : [];
    const apart = rest.findIndex((mutant) =>
      [mutant.milestone, ...mutant.also_red].every((name) => !reach.includes(name)),
    );
    order.push(...rest.splice(Math.max(apart, 0), 1));
  }
  return order;
}

async function tryFault(mutant: FaultMutant, machines: FaultCluster): Promise<MutantResult> {
  const { on, script, undo } = mutant.fault;
  const started = performance.now();
  await machines.script(on, script);
  const record = await machines.suites();
  await machines.script(on, undo);
  return judge(mutant, { ...record, durationMs: performance.now() - started });
}
