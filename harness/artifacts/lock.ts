import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import pRetry, { AbortError } from "p-retry";
import { z } from "zod";
import { ArtifactError, HarnessDefect } from "../errors.ts";
import type { Progress } from "../progress.ts";

const holderSchema = z.object({
  pid: z.number().int(),
  /** Ticks after boot at which the process started: tells a reused pid. */
  started: z.string(),
  bootId: z.string(),
  token: z.string(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

const pollMilliseconds = 100;
const deadlineMilliseconds = 60 * 60_000;

/**
 * Runs `work` while this process alone holds the lock file `path`.
 * Waits for a live holder, saying once who it is, up to an hour; takes the lock of a dead one.
 * Throws ArtifactError at the deadline, or the signal's reason.
 */
export async function withLock<T>(
  path: string,
  { progress, signal }: { readonly progress: Progress; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const token = await acquire(path, progress, signal);
  try {
    return await work();
  } finally {
    if ((await readHolder(path))?.token === token) await rm(path, { force: true });
  }
}

async function acquire(path: string, progress: Progress, signal: AbortSignal | undefined): Promise<string> {
  const mine = await thisProcess();
  await mkdir(dirname(path), { recursive: true });
  const deadline = Date.now() + deadlineMilliseconds;
  let announced: string | undefined;
  const attempt = async (): Promise<string> => {
    signal?.throwIfAborted();
    if (await createExclusively(path, mine)) return mine.token;
    const holder = await readHolder(path);
    const who = holder
      ? `process ${holder.pid} since ${holder.since}`
      : "a process that did not say who it is";
    if (holder && !(await isAlive(holder)) && (await removeStale(path, holder))) {
      progress.note(`Took over the build lock: ${who} is gone`);
      if (await createExclusively(path, mine)) return mine.token;
    } else if (holder && holder.token !== announced) {
      announced = holder.token;
      progress.note(`Waiting for another build of the artifacts: ${who} holds ${path}`);
    }
    const held = new ArtifactError(`The build lock is held by ${who}`, {
      hint: `If no such build runs, delete ${path}.`,
    });
    throw Date.now() > deadline ? new AbortError(held) : held;
  };
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    factor: 1,
    minTimeout: pollMilliseconds,
    ...(signal && { signal }),
  });
}

/** Creation as with O_EXCL, but with its content in place from the first moment; false if the file exists. */
async function createExclusively(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lock of a dead holder; false if another process is doing so or did.
 * The claim file is named after the dead holder, so a lock taken since then is never removed.
 */
async function removeStale(path: string, dead: Holder): Promise<boolean> {
  const claim = `${path}.claim-${dead.token}`;
  if (!(await createExclusively(claim, dead))) return false;
  try {
    if ((await readHolder(path))?.token !== dead.token) return false;
    await rm(path, { force: true });
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** The holder written in the file; undefined if there is none or it cannot be read. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

async function thisProcess(): Promise<Holder> {
  const started = await startOf(process.pid);
  if (started === undefined) throw new HarnessDefect("/proc does not show this process");
  const since = new Date().toISOString();
  return { pid: process.pid, started, bootId: await bootId(), token: randomUUID(), since };
}

const isAlive = async (holder: Holder): Promise<boolean> =>
  holder.bootId === (await bootId()) && holder.started === (await startOf(holder.pid));

const bootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();

/** Field 22 of proc_pid_stat(5); the command name before it may hold spaces, so count from its closing bracket. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
