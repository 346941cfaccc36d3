import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { exitCodes, InfrastructureError, type Verdict } from "../../errors.ts";
import { leftNow } from "../../machines/nspawn/host/leftovers.ts";
import { strike } from "../../machines/nspawn/host/strike.ts";
import { owned } from "../../host/processes/owned.ts";
import { projectRoot } from "../../host/paths.ts";
import { guideMachines } from "../../settings/machines.ts";
import type { Settings } from "../../settings/settings.ts";
import { NotYet, waitFor } from "../../wait.ts";
import { optionsOf, runProgram } from "../children.ts";
import { beginning, type Usual } from "./calibrate.ts";
import type { Draw } from "./draw.ts";
import { stageOf } from "./journal.ts";
import { defectsOf, type Judged, type Seen } from "./judge.ts";

const recordSchema = z.looseObject({
  verdict: z.custom<Verdict>((value) => typeof value === "string" && value in exitCodes),
  failure: z.looseObject({ message: z.string() }).optional(),
});

/** What a round needs beside its draw. */
export type Arena = { readonly settings: Settings; readonly usual: Usual; readonly context: Context };

/** Plays a round: a whole run, hit as its draw says, then `gc`, then a look at what is left. Never rejects for the run. */
export async function playRound(draw: Draw, { settings, usual, context }: Arena): Promise<Judged> {
  const started = performance.now();
  const { after, proofMs } = beginning(usual, draw.from);
  const resume = after === undefined ? "--resume" : `--resume=${after}`;
  const args = ["scripts/e2e.ts", "--json", resume, "--no-save", ...optionsOf(settings)];
  const bytes = Math.max(16_384, Math.round(usual.reportBytes * draw.at * 0.8));
  const command = draw.kind === "disk full" ? onSmallDisk(bytes, args) : [process.execPath, ...args];
  const child = execa(...owned("TERM", command), {
    cwd: projectRoot,
    stdin: "ignore",
    reject: false,
    cancelSignal: context.signal,
    // Its machines have to be removed first.
    forceKillAfterDelay: false,
  });
  const struck =
    draw.kind === "disk full"
      ? child.then(() => ({ hit: true }))
      : hit(draw, child, { settings, proofMs, context });
  const [{ stdout }, what] = await Promise.all([child, struck]);
  context.signal.throwIfAborted();
  await runProgram(["harness/cli/cli.ts", "gc", "--json"], context.signal);
  const machines = guideMachines.map(({ name }) => name);
  const left = await leftSettled(settings.cluster, machines, context);
  const seen: Seen = { ...what, ...verdictIn(stdout ?? ""), left };
  return { ...draw, ...seen, seconds: (performance.now() - started) / 1000, defects: defectsOf(draw, seen) };
}

/** What is left once the kernel has had its time, and another lane its look at the pool, whose loop device they share. */
async function leftSettled(
  id: string,
  machines: readonly string[],
  context: Context,
): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const look = async (): Promise<void> => {
    left = await leftNow(id, machines, context);
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
  { kind, at, machine }: Draw,
  child: { readonly pid?: number } & Promise<unknown>,
  { settings, proofMs, context }: Omit<Arena, "usual"> & { readonly proofMs: number },
): Promise<Pick<Seen, "hit" | "during">> {
  const over = new AbortController();
  void child.then(() => over.abort());
  const signal = AbortSignal.any([over.signal, context.signal]);
  const { pid } = child;
  try {
    await delay(proofMs * at, undefined, { signal });
    const blow = (): Promise<void> => {
      if (kind === "SIGKILL" || kind === "SIGTERM") return Promise.resolve(void process.kill(pid ?? 0, kind));
      if (kind === "disk full") return Promise.resolve();
      return strike(settings.cluster, machineAt(machine), kind, { ...context, signal });
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
      { deadline: context.deadlines.for("run"), signal, late: ({ last }) => new Error(last) },
    );
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (over.signal.aborted) return { hit: false };
    throw thrown;
  }
}

const machineAt = (part: number): string =>
  guideMachines[Math.floor(part * guideMachines.length)]?.name ?? "t71";

/** The report folder of the run that a process is; its name ends with the process's number. */
async function runOf(pid: number | undefined): Promise<string> {
  const runs = await readdir(join(projectRoot, "reports"));
  return (
    runs
      .filter((name) => name.endsWith(`-e2e-${pid}`))
      .toSorted()
      .at(-1) ?? "none"
  );
}

function verdictIn(printed: string): { verdict?: Verdict; message?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(printed);
  } catch {
    return {};
  }
  const { data } = recordSchema.safeParse(parsed);
  if (!data) return {};
  return { verdict: data.verdict, ...(data.failure && { message: data.failure.message }) };
}
