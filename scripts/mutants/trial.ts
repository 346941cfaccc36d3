import { $ } from "zx";
import { HarnessDefect, recordOf, type RunRecord } from "../../harness/index.ts";
import type { EditMutant, FaultMutant } from "./catalogue.ts";
import { judge, type Judgement, notJudged, redOf, type Trial } from "./judge.ts";

/** Where mutants are tried: a cluster's name, and `--artifacts` and its like. */
export type Place = { readonly cluster: string; readonly choice: readonly string[] };
type Said = (judgement: Judgement) => void;

/** Applies the changed guide from the last checkpoint before the change, saving none, and judges what the suites say. */
export async function tryEdit(mutant: EditMutant, { cluster, choice }: Place, said: Said): Promise<void> {
  const options = ["--resume", "--no-save", "--edits", mutant.file, "--cluster", cluster, ...choice];
  said(judge(mutant, trialOf(await recordOf("e2e", options))));
}

/**
 * Tries faults one after the other on one cluster. What a fault turned red has to be green again in the next run, or the
 * fault counts as not undone, and the next one gets machines that had none; so it does after a script that failed.
 */
export async function tryFaults(mutants: readonly FaultMutant[], place: Place, said: Said): Promise<void> {
  const queue = [...mutants];
  let before: Judgement | undefined;
  try {
    await bringUp(place);
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      let judgement: Judgement;
      try {
        judgement = await tryFault(mutant, place);
      } catch (thrown) {
        // Its script broke off: whatever it has done, the next one gets machines without it.
        if (before) said(before);
        before = undefined;
        said(notJudged(mutant, thrown));
        await down(place);
        await bringUp(place);
        continue;
      }
      if (before && staysRed(before, judgement, mutant)) {
        said({ ...before, outcome: "not undone", detail: `still red: ${judgement.red.join(", ")}` });
        before = undefined;
        queue.unshift(mutant);
        await down(place);
        await bringUp(place);
        continue;
      }
      if (before) said(before);
      before = judgement;
    }
    if (!before) return;
    const { red } = redOf(await recordOf("suite", ["all", "--cluster", place.cluster]));
    said(
      red.length === 0
        ? before
        : { ...before, outcome: "not undone", detail: `still red: ${red.join(", ")}` },
    );
  } finally {
    await down(place);
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

async function tryFault(mutant: FaultMutant, { cluster }: Place): Promise<Judgement> {
  const { on, script, undo } = mutant.fault;
  const started = performance.now();
  await onMachine(on, script, cluster);
  const record = await recordOf("suite", ["all", "--cluster", cluster]);
  await onMachine(on, undo, cluster);
  return judge(mutant, { ...trialOf(record), durationMs: performance.now() - started });
}

/**
 * The guide's end from its last checkpoint, and the suites green: what is red later is the faults' doing. The
 * infrastructure is given a second chance.
 */
async function bringUp(place: Place, tries = 2): Promise<void> {
  const { cluster, choice } = place;
  const record = await recordOf("e2e", ["--resume", "--keep", "--cluster", cluster, ...choice]);
  if (record.verdict === "passed") return;
  if (record.verdict === "infrastructure" && tries > 1) {
    await down(place);
    return bringUp(place, tries - 1);
  }
  throw new HarnessDefect(`Without a fault: ${record.verdict}, so nothing can be said of mutants`, {
    outputTail: record.failure?.message ?? redOf(record).tests.join("\n"),
    hint: "Mend this first; `pnpm e2e` shows it alone.",
  });
}

async function down({ cluster }: Place): Promise<void> {
  await $({ nothrow: true, quiet: true })`${process.execPath} harness/cli.ts down --cluster ${cluster}`;
}

const trialOf = ({ durationMs, tests, steps, failure }: RunRecord): Trial => ({
  durationMs,
  tests,
  steps,
  ...(failure && { failure }),
});

async function onMachine(machine: string, text: string, cluster: string): Promise<void> {
  const shell = ["harness/cli.ts", "shell", machine, "--cluster", cluster];
  const result = await $({
    input: `set -e\n${text}\n`,
    nothrow: true,
    quiet: true,
  })`${process.execPath} ${shell}`;
  if (result.exitCode === 0) return;
  throw new HarnessDefect(`A mutant's script failed on ${machine}`, {
    machine,
    command: text,
    ...(result.exitCode !== null && { exitCode: result.exitCode }),
    outputTail: result.text().slice(-2000),
  });
}
