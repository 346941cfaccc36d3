import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import pRetry, { AbortError } from "p-retry";
import { z } from "zod";
import { HarnessDefect, type HarnessError } from "./errors.ts";
import type { Progress } from "./progress.ts";

/** A process that cannot be mistaken for a later one of the same number; for files that outlive it. */
export const processSchema = z.object({
  pid: z.number().int(),
  /** Ticks after boot at which the process started: tells a reused pid. */
  started: z.string(),
  bootId: z.string(),
});
export type ProcessMark = z.infer<typeof processSchema>;

const holderSchema = processSchema.extend({
  token: z.string(),
  since: z.string(),
  /** For a person; whether the holder lives is asked of this host. */
  host: z.string().default("this host"),
});
type Holder = z.infer<typeof holderSchema>;

export type LockOptions = {
  /** As in "Took over the build lock". */
  readonly name: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** The error for a lock that somebody else keeps; `holder` is "process 12 on HOST since TIME". */
  readonly held: (holder: string) => HarnessError;
};

const pollMilliseconds = 100;
const takeoverMilliseconds = 5000;
const deadlineMilliseconds = 60 * 60_000;

/**
 * Runs `work` while this process alone holds the lock file `path`.
 * Waits for a live holder, saying once who it is, up to an hour; takes the lock of a dead one.
 * Throws `held` at the deadline, or the signal's reason.
 */
export const withLock = <T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> =>
  holding(path, options, deadlineMilliseconds, work);

/** Like `withLock`, but a live holder is an error at once. */
export const withLockOrFail = <T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> =>
  holding(path, options, 0, work);

async function holding<T>(
  path: string,
  options: LockOptions,
  patience: number,
  work: () => Promise<T>,
): Promise<T> {
  const token = await acquire(path, options, patience);
  try {
    return await work();
  } finally {
    if ((await readHolder(path))?.token === token) await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  { name, progress, signal, held }: LockOptions,
  patience: number,
): Promise<string> {
  const mine = await thisHolder();
  await mkdir(dirname(path), { recursive: true });
  const deadline = Date.now() + patience;
  let announced: string | undefined;
  const attempt = async (): Promise<string> => {
    signal?.throwIfAborted();
    if (await createExclusively(path, mine)) return mine.token;
    const holder = await readHolder(path);
    const who = holder
      ? `process ${holder.pid} on ${holder.host} since ${holder.since}`
      : "a process that did not say who it is";
    if (holder && !(await isAlive(holder)) && (await removeStale(path, holder, mine))) {
      progress.note(`Took over the ${name}: ${who} is gone`);
      if (await createExclusively(path, mine)) return mine.token;
    } else if (holder && holder.token !== announced && patience > 0) {
      announced = holder.token;
      progress.note(`Waiting for the ${name}: ${who} holds ${path}`);
    }
    // A dead holder's lock is being taken over by somebody, and then that one holds it.
    const grace = holder && !(await isAlive(holder)) ? takeoverMilliseconds : 0;
    throw Date.now() >= deadline + grace ? new AbortError(held(who)) : held(who);
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
  // Flushed, so that no power cut leaves a lock that names nobody.
  await writeFile(draft, JSON.stringify(holder), { flush: true });
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
 * The claim file is named after the dead holder, so a lock taken since then is never removed;
 * the claim of a process that died with it is stale as well.
 */
async function removeStale(path: string, dead: Holder, mine: Holder): Promise<boolean> {
  const claim = `${path}.claim-${dead.token}`;
  if (!(await createExclusively(claim, mine))) {
    const claimant = await readHolder(claim);
    if (claimant && !(await isAlive(claimant))) await removeStale(claim, claimant, mine);
    return false;
  }
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

async function thisHolder(): Promise<Holder> {
  const mark = await markOf(process.pid);
  if (!mark) throw new HarnessDefect("/proc does not show this process");
  return { ...mark, token: randomUUID(), since: new Date().toISOString(), host: hostname() };
}

/** Who has this number now; undefined if nobody. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  const started = await startOf(pid);
  return started === undefined ? undefined : { pid, started, bootId: await bootId() };
}

/** Whether that very process still runs on this host. */
export const isAlive = async (mark: ProcessMark): Promise<boolean> =>
  mark.bootId === (await bootId()) && mark.started === (await startOf(mark.pid));

const bootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();

/** Field 22 of proc_pid_stat(5); the command name before it may hold spaces, so count from its closing bracket. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie is over; it only waits to be collected.
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
