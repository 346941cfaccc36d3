import { $, chalk } from "zx";
import { command, HarnessDefect, main, print, recordOf, type RunRecord } from "../harness/index.ts";
import { type EditMutant, type FaultMutant, loadMutants } from "./mutants/catalogue.ts";
import { judge, type Judgement } from "./mutants/judge.ts";

/** The suites on trial: every mutant must turn its milestone red, and nothing that does not depend on it. */
await main(
  command("mutants", "break the guide or the cluster on purpose; each time the right milestone must turn red")
    .argument("[mutant...]", "ids of fixtures/mutants; all without")
    .option("--artifacts <set>", "where the binaries come from; as `pnpm e2e` chooses without")
    .action(async (ids: readonly string[], { json, artifacts }: { json?: boolean; artifacts?: string }) => {
      const choice = artifacts === undefined ? [] : ["--artifacts", artifacts];
      const mutants = await loadMutants(ids);
      const edits = mutants.filter((mutant) => mutant.kind === "edit");
      const faults = mutants.filter((mutant) => mutant.kind === "fault");
      // Two lanes, side by side: edits each have machines of their own, faults share a cluster.
      const lanes = await Promise.all([tryEdits(edits, choice), tryFaults(faults, choice)]);
      const judgements = lanes.flat();
      const killed = judgements.filter(({ outcome }) => outcome === "killed").length;
      print(json, { killed, of: judgements.length, judgements }, () =>
        [
          ...judgements.filter(({ outcome }) => outcome !== "killed").map(line),
          `${killed} of ${judgements.length} mutants killed at the expected milestone`,
        ].join("\n"),
      );
      process.exitCode = killed === judgements.length ? 0 : 1;
    }),
);

function script(name: string, ...args: readonly string[]) {
  return $({ nothrow: true, quiet: true })`${process.execPath} ${name} ${args}`;
}

async function tryEdits(mutants: readonly EditMutant[], choice: readonly string[]): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const mutant of mutants) {
    judgements.push(said(judge(mutant, await recordOf("e2e", ["--edits", mutant.file, ...choice]))));
  }
  return judgements;
}

async function tryFaults(mutants: readonly FaultMutant[], choice: readonly string[]): Promise<Judgement[]> {
  if (mutants.length === 0) return [];
  const cluster = ["--cluster", `mutants-${process.pid}`];
  const judgements: Judgement[] = [];
  try {
    demandGreen(await recordOf("up", [...cluster, ...choice]), "up without a fault");
    demandGreen(await recordOf("apply", cluster), "apply without a fault");
    for (const mutant of mutants) {
      const { on, script: fault, undo } = mutant.fault;
      await onMachine(on, fault, cluster);
      const record = await recordOf("suite", ["all", ...cluster]);
      await onMachine(on, undo, cluster);
      judgements.push(said(judge(mutant, record)));
    }
    demandGreen(await recordOf("suite", ["all", ...cluster]), "the suites after the last fault was undone");
  } finally {
    await script("harness/cli.ts", "down", ...cluster);
  }
  return judgements;
}

function demandGreen(record: RunRecord, what: string): void {
  if (record.verdict === "passed") return;
  const red = record.tests.filter(({ outcome }) => outcome !== "passed").map(({ name }) => name);
  throw new HarnessDefect(`${what}: ${record.verdict}, so nothing can be said of mutants`, {
    outputTail: record.failure?.message ?? red.join("\n"),
    hint: "Mend this first; `pnpm e2e` shows it alone.",
  });
}

async function onMachine(machine: string, text: string, cluster: readonly string[]): Promise<void> {
  const shell = ["harness/cli.ts", "shell", machine, ...cluster];
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

function said(judgement: Judgement): Judgement {
  console.error(line(judgement));
  return judgement;
}

function line({ outcome, id, milestone, detail, seconds }: Judgement): string {
  const colour = outcome === "killed" ? chalk.green : chalk.red;
  return `${colour(outcome.padEnd(15))} ${id.padEnd(42)} ${milestone.padEnd(10)} ${seconds.toFixed(0).padStart(4)} s  ${detail}`;
}
