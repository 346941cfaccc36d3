import { execa } from "execa";
import type { Context } from "../../context.ts";
import { HarnessDefect, Interrupted } from "../../errors.ts";
import { owned } from "../../host/processes/owned.ts";
import { projectRoot } from "../../host/paths.ts";
import { tailOf } from "../../host/exec.ts";
import { screen } from "../evidence/diagnose.ts";
import type { Recorder } from "../recorder.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { releaseBarrier } from "./messages.ts";
import { factsEnvironment, type SuiteFacts, type SuiteProgram, vitestProgram } from "./program.ts";
import type { Unreached } from "./reached.ts";
import type { ChosenTests } from "./selection.ts";
import { SuiteTally } from "./tally.ts";

/** What must be done before the first test; `beside` is given what may go on with the tests. */
export type Before = (beside: (work: Promise<void>) => void) => Promise<void>;

/** The same, but nothing goes on: all has ended before the first test. */
export const endedFirst =
  (before: Before | undefined): Before =>
  async () => {
    let work: Promise<void> | undefined;
    await before?.((given) => void (work = given));
    await work;
  };

export type SuiteOptions = SuiteFacts & {
  readonly cluster: string;
  readonly milestones: readonly string[];
  readonly order: readonly string[];
  readonly keep: boolean;
  /** Some of their tests alone; the others are recorded as left out. */
  readonly chosen?: ChosenTests | undefined;
  /** Vitest loads the suites meanwhile. */
  readonly before?: Before | undefined;
  /** Steps that are not applied yet, without which there is nothing to look at. */
  readonly unreached?: Unreached | undefined;
  readonly begun?: ((milestone: string) => void) | undefined;
  readonly recorder: Recorder;
  readonly context: Context;
  readonly program?: SuiteProgram;
};

/**
 * Runs the suites of some milestones against a cluster, in a process of their own, and records each test as it ends.
 * Failed tests are the records' business. HarnessDefect unless every test that was found has a result that arrived, each
 * milestone had a test that ran, and the process said so and ended accordingly. Tests that did not run are recorded as
 * skipped, in any case.
 */
export async function runSuites(options: SuiteOptions): Promise<void> {
  const { recorder, milestones, context, chosen, program = vitestProgram } = options;
  const tally = new SuiteTally(milestones, recorder, chosen, options.begun);
  const silence = context.deadlines.for("suiteSilence");
  const silent = new AbortController();
  const failed = new AbortController();
  const child = execa(...owned("KILL", [process.execPath, ...program.run(milestones, chosen?.tests)]), {
    cwd: projectRoot,
    ipc: true,
    env: environment(options),
    cancelSignal: AbortSignal.any([context.signal, silent.signal, failed.signal]),
    reject: false,
    forceKillAfterDelay: context.deadlines.for("end"),
    all: true,
    buffer: { ipc: false },
  });
  let timer: NodeJS.Timeout | undefined;
  const heard = (async () => {
    for await (const message of child.getEachMessage()) {
      timer?.refresh();
      tally.hear(message);
    }
  })();
  heard.catch(() => undefined);
  let beside: Promise<void> | undefined;
  let reason = "not reached: a step failed before the suites";
  try {
    await options.before?.((work) => {
      beside = work;
      work.catch(() => failed.abort());
    });
    context.signal.throwIfAborted();
    reason = "not reached: the suites ended before it";
    timer = setTimeout(() => silent.abort(), silence);
    // A process that is gone does not hear it; that is told below.
    await child.sendMessage(releaseBarrier).catch(() => undefined);
    const { exitCode, signal, all } = await recorder.spanOn("suites", "vitest", async () => {
      const result = await child;
      await heard;
      return result;
    });
    context.signal.throwIfAborted();
    if (failed.signal.aborted) reason = "not reached: a step beside the suites failed";
    await beside;
    const gaps = tally.gaps({ exitCode, signal });
    if (silent.signal.aborted) gaps.unshift(`their process said nothing for ${silence / 1000} s`);
    if (gaps.length === 0) return;
    throw new HarnessDefect(`The suites proved nothing to rely on: ${gaps.join("; ")}`, {
      ...(exitCode !== undefined && { exitCode }),
      outputTail: tailOf(processRedactor.text(all), screen),
    });
  } finally {
    clearTimeout(timer);
    // Before the barrier is released there is nothing for it to do.
    child.kill();
    await child;
    if (context.signal.aborted) reason = "not reached: the run was ended";
    const known = tally.whole || isInterrupted(context);
    tally.skipRest(reason, known ? [] : await program.list(milestones, options, afterwards(context)));
  }
}

/** Whether a person has ended the run: nobody waits until the names of all tests are known. */
export const isInterrupted = ({ signal }: Context): boolean => signal.reason instanceof Interrupted;

/** A context for what is asked when the run may be over. */
const afterwards = ({ deadlines }: Context): Context => ({
  signal: AbortSignal.timeout(deadlines.for("host")),
  deadlines,
});

/** Records the tests of some milestones as skipped, where no suites were begun; with `brief` the milestones alone. */
export async function skipSuites(
  reason: string,
  {
    milestones,
    recorder,
    context,
    chosen,
    program,
    brief,
    ...facts
  }: Pick<SuiteOptions, "milestones" | "recorder" | "context" | "guide" | "machines" | "soak" | "chosen"> & {
    readonly program: SuiteProgram;
    readonly brief: boolean;
  },
): Promise<void> {
  const tests = brief ? [] : await program.list(milestones, facts, context);
  new SuiteTally(milestones, recorder, chosen).skipRest(reason, tests);
}

function environment(options: SuiteOptions): Record<string, string> {
  return {
    GUIDE_CLUSTER: options.cluster,
    ...factsEnvironment(options),
    GUIDE_TIMEOUT_FACTOR: String(options.context.deadlines.factor),
    GUIDE_ORDER: options.order.join(),
    GUIDE_START_BARRIER: "1",
    ...(options.keep && { GUIDE_KEEP: "1" }),
    ...(options.unreached && { GUIDE_UNREACHED: JSON.stringify(options.unreached) }),
  };
}
