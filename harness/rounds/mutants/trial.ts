import type { RunRecord } from "../../record/record.ts";
import { optionsOf, recordOf } from "../children.ts";
import type { EditMutant, FaultMutant } from "./catalogue.ts";
import { FaultCluster, type Place } from "./fault-cluster.ts";
import { excuseOf, judge, type Judgement, notJudged, redOf, type Trial } from "./judge.ts";

type Said = (judgement: Judgement) => Promise<void>;

/** Applies the changed guide from the last checkpoint before the change, saving none, and judges what the suites say. */
export async function tryEdit(mutant: EditMutant, { settings, signal }: Place, said: Said): Promise<void> {
  const changed = { ...settings, edits: [...settings.edits, mutant.file] };
  const options = ["--resume", "--no-save", ...optionsOf(changed)];
  const once = async (): Promise<Judgement> =>
    judge(mutant, trialOf(await recordOf("e2e", options, { signal })));
  const first = await once();
  await said(first.outcome === "not judged" ? await once() : first);
}

/**
 * Tries faults one after the other on one cluster. What a fault turned red has to be green again in the next run, or the
 * fault counts as not undone, and the next one gets machines that had none; so it does after a script that failed. What
 * cannot be judged, for the host was starved or a machine is gone, has a second chance.
 */
export async function tryFaults(mutants: readonly FaultMutant[], place: Place, said: Said): Promise<void> {
  const queue = [...mutants];
  const machines = new FaultCluster(place);
  const tried = new Set<string>();
  let before: Judgement | undefined;
  try {
    await machines.up();
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      let judgement: Judgement;
      try {
        judgement = await tryFault(mutant, machines);
      } catch (thrown) {
        place.signal.throwIfAborted();
        // Its script broke off: whatever it has done, the next one gets machines without it.
        if (before) await said(before);
        before = undefined;
        await said(notJudged(mutant, thrown));
        await machines.renew();
        continue;
      }
      if (judgement.outcome === "not judged") {
        if (before) await said(before);
        before = undefined;
        if (tried.has(mutant.id)) await said(judgement);
        else queue.push(mutant);
        tried.add(mutant.id);
        await machines.renew();
        continue;
      }
      if (before && staysRed(before, judgement, mutant)) {
        await said({ ...before, outcome: "not undone", detail: `still red: ${judgement.red.join(", ")}` });
        before = undefined;
        queue.unshift(mutant);
        await machines.renew();
        continue;
      }
      if (before) await said(before);
      before = judgement;
    }
    if (!before) return;
    const after = await machines.suites();
    const { red } = redOf(after);
    const excuse = excuseOf(after);
    if (excuse !== undefined) await said({ ...before, outcome: "not judged", detail: excuse });
    else if (red.length === 0) await said(before);
    else await said({ ...before, outcome: "not undone", detail: `still red: ${red.join(", ")}` });
  } finally {
    await machines.down();
  }
}

/** Whether a milestone is red that only the fault before can have to do with. */
const staysRed = (before: Judgement, { red }: Judgement, mutant: FaultMutant): boolean =>
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

async function tryFault(mutant: FaultMutant, machines: FaultCluster): Promise<Judgement> {
  const { on, script, undo } = mutant.fault;
  const started = performance.now();
  await machines.script(on, script);
  const record = await machines.suites();
  await machines.script(on, undo);
  return judge(mutant, { ...trialOf(record), durationMs: performance.now() - started });
}

const trialOf = ({ durationMs, tests, steps, failure }: RunRecord): Trial => ({
  durationMs,
  tests,
  steps,
  ...(failure && { failure }),
});
