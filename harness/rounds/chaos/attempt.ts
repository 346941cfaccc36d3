import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../../context.ts";
import type { Deadlines } from "../../deadlines.ts";
import { HarnessDefect, InfrastructureError, toHarnessError } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import { parseJson } from "../../host/persisted.ts";
import type { FaultInjection } from "../../machines/machine.ts";
import type { RunEvent } from "../../record/events.ts";
import { machinesOf, type Settings } from "../../settings/settings.ts";
import { describeWait, NotYet, waitFor } from "../../waits/wait.ts";
import type { RoundCases } from "../kind.ts";
import { askedWhole, optionsOf, printedRecord, runProgram, startProgram } from "../pool/children.ts";
import { beginning, calibrate, type Calibration } from "./calibrate.ts";
import { caseName, defectsOf, type JudgedDraw, type ChaosResult, type ChaosCase, drawOf } from "./chaos.ts";

type Case = { readonly id: string; readonly draw: ChaosCase };
type Arena = {
  readonly settings: Settings;
  readonly faults: FaultInjection;
  readonly usual: Calibration;
  readonly context: Context;
};

/**
 * How draws of a seed are tried: each a whole run, once it is known what runs that nothing hits are like. A round that is named
 * twice is tried once.
 */
export function playDraws(
  seed: number,
  rounds: readonly number[],
  settings: Settings,
  faults: FaultInjection,
  deadlines: Deadlines,
): RoundCases<Case, JudgedDraw> {
  let usual: Calibration | undefined;
  return {
    cases: [...new Set(rounds)].map((round) => ({ id: caseName(round), draw: drawOf(seed, round) })),
    basis: ({ draw }) => draw,
    async prepare(signal) {
      usual = await calibrate(settings, signal);
    },
    async *attempt(batch, { settings: own, signal }) {
      if (!usual) throw new HarnessDefect("There is no run without a fault to compare with");
      for (const { draw } of batch) {
        const judged = await tryDraw(draw, { settings: own, faults, usual, context: { signal, deadlines } });
        yield { seed, ...judged };
      }
    },
    notJudged: ({ draw }, thrown) => ({
      seed,
      ...draw,
      hit: false,
      left: [],
      seconds: 0,
      defects: [],
      notPlayed: toHarnessError(thrown).message,
    }),
  };
}

/** A whole run, hit as its draw says, then `gc`, then a look at what is left. Never rejects for the run. */
async function tryDraw(
  draw: ChaosCase,
  { settings, faults, usual, context }: Arena,
): Promise<Omit<JudgedDraw, "seed">> {
  const started = performance.now();
  const { after, proofMs } = beginning(usual, draw.from);
  const resume = after === undefined ? "--resume" : `--resume=${after}`;
  const args = ["scripts/e2e.ts", "--json", resume, "--no-save", ...optionsOf(settings)];
  const bytes = Math.max(16_384, Math.round(usual.reportBytes * draw.at * 0.8));
  const command = draw.kind === "disk full" ? onSmallDisk(bytes, args) : [process.execPath, ...args];
  const child = startProgram(command, { ...context, env: askedWhole });
  const struck =
    draw.kind === "disk full"
      ? child.then(() => ({ hit: true }))
      : hit(draw, child, { settings, faults, proofMs, context });
  const [{ stdout, exitCode }, what] = await Promise.all([child, struck]);
  context.signal.throwIfAborted();
  await runProgram(["harness/cli/cli.ts", "gc", "--json"], context.signal);
  const machines = (await machinesOf(settings)).map(({ name }) => name);
  const left = await settled(() => faults.leftOf(settings.cluster, machines, context), context);
  // As it is printed: that the process ended otherwise is a defect of its own.
  const record = printedRecord(parseJson(stdout ?? ""));
  const seen: ChaosResult = {
    ...what,
    ...(record && { verdict: record.verdict }),
    ...(record?.failure && { message: record.failure.message }),
    ...(exitCode !== undefined && { exitCode }),
    left: [...left],
  };
  return { ...draw, ...seen, seconds: (performance.now() - started) / 1000, defects: defectsOf(draw, seen) };
}

/** What is left once the kernel has had its time, and another lane its look at the pool, whose loop device they share. */
async function settled(leftNow: () => Promise<string[]>, context: Context): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const look = async (): Promise<void> => {
    left = await leftNow();
    if (left.length > 0) throw new NotYet(left.join());
  };
  const wait = { deadline: context.deadlines.for("kill"), signal: context.signal };
  await waitFor(look, { ...wait, late: ({ last }) => new NotYet(last) }).catch((thrown: unknown) => {
    if (!(thrown instanceof NotYet)) throw thrown;
  });
  return left;
}

/** The command with `reports/` on a file system of so many bytes, that nobody else sees. */
const onSmallDisk = (bytes: number, args: readonly string[]): string[] => [
  ..."unshare --mount --propagation private sh -c".split(" "),
  'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"',
  "sh",
  String(bytes),
  join(projectRoot, "reports"),
  process.execPath,
  ...args,
];

/** Waits for the moment and does what the draw says; `hit` is false if the run was over, or proved, by then. */
async function hit(
  { kind, at, machine }: ChaosCase,
  child: { readonly pid?: number } & Promise<unknown>,
  { settings, faults, proofMs, context }: Omit<Arena, "usual"> & { readonly proofMs: number },
): Promise<Pick<ChaosResult, "hit" | "during">> {
  const over = new AbortController();
  void child.then(() => over.abort());
  const signal = AbortSignal.any([over.signal, context.signal]);
  const { pid } = child;
  try {
    await delay(proofMs * at, undefined, { signal });
    const blow = async (): Promise<void> => {
      if (kind === "SIGKILL" || kind === "SIGTERM") return void process.kill(pid ?? 0, kind);
      if (kind === "disk full") return;
      const machines = await machinesOf(settings);
      const struck = machines[Math.floor(machine * machines.length)]?.name ?? "";
      return faults.inject(settings.cluster, struck, kind, { ...context, signal });
    };
    return await waitFor(
      async () => {
        const stage = await stageOf(await runOf(pid));
        try {
          await blow();
        } catch (thrown) {
          // Its machines are not there yet.
          if (thrown instanceof InfrastructureError) throw new NotYet(thrown.message);
          throw thrown;
        }
        return { hit: stage.begun && !stage.proved, during: stage.doing };
      },
      {
        deadline: context.deadlines.for("run"),
        signal,
        late: (waited) => new Error(`${waited.last} (${describeWait(waited)})`),
      },
    );
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (over.signal.aborted) return { hit: false };
    throw thrown;
  }
}

/** The report folder of the run that a process is; its name ends with the process's number. */
async function runOf(pid: number | undefined): Promise<string> {
  const runs = await readdir(join(projectRoot, "reports"));
  return runs.toSorted().findLast((name) => name.endsWith(`-e2e-${pid}`)) ?? "none";
}

/** How far a run is by its journal: what it is doing, whether it has begun, and whether all that it proves was looked at. */
type JournalStage = { readonly doing: string; readonly begun: boolean; readonly proved: boolean };

async function stageOf(run: string): Promise<JournalStage> {
  const file = join(projectRoot, "reports", run, "journal.jsonl");
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  const events = lines.map((line): RunEvent => JSON.parse(line));
  const last = events.findLast(({ type }) => ["span-start", "step-start", "test-end"].includes(type));
  return {
    doing: last ? words(last) : "nothing yet",
    begun: events.length > 0,
    proved: events.some(isProof),
  };
}

const isProof = (event: RunEvent): boolean =>
  event.type === "span-end" && event.span.track === "suites" && event.span.name === "vitest";

function words(event: RunEvent): string {
  if (event.type === "span-start") return event.name;
  if (event.type === "step-start") return event.key;
  return event.type === "test-end" ? `suite ${event.test.milestone}` : event.type;
}
