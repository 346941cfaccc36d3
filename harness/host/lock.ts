import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { Deadlines } from "../deadlines.ts";
import { type HarnessError, InfrastructureError, UsageError } from "../errors.ts";
import { isErrno } from "./errno.ts";
import { owned } from "./processes/owned.ts";
import { parseJson } from "./persisted.ts";
import { identify, isAlive, ownPidNamespace, processIdentity } from "./processes/identity.ts";
import type { Progress } from "../progress.ts";

/** What the file says of its holder; for a person alone, for the lock is the kernel's. */
const holderSchema = z.object({
  ...processIdentity,
  pidNamespace: z.string(),
  host: z.string(),
  since: z.string(),
  work: z.string().exactOptional(),
});
type Holder = z.infer<typeof holderSchema>;

export type HeldLock = AsyncDisposable & {
  readonly say: (work: string) => Promise<void>;
};

export type LockOptions = {
  /** As in "Waiting for the build lock". */
  readonly name: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly deadlines?: Deadlines | undefined;
  /** The error for a lock that somebody else keeps; `holder` is "[WORK, ]process 12 on HOST since TIME". */
  readonly held: (holder: string) => HarnessError;
  /** What the holder is doing, for who finds the lock held. */
  readonly work?: string;
  /** Whether the file goes with its holder: for locks of which there is no end of names. */
  readonly transient?: true;
};

/** The error of who waited in vain for the end of another process's work; `what`: `Another build of the box`. */
export const lockTimeout =
  (what: string): LockOptions["held"] =>
  (holder) =>
    new InfrastructureError(`${what} does not end: ${holder}`, {
      hint: "Wait for its end, or end it: the kernel frees the lock with it.",
    });

/**
 * Runs `work` while this process alone holds the lock file `path`, with flock(2): when the holder ends, whatever ends it
 * and whatever PID namespace it is in, the kernel frees the lock. Waits for another holder and says now and then who it
 * is. Throws `held` at the deadline, or the signal's reason.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await using _ = await take(path, (fd) => waitForHolder(fd, path, options), options);
  return await work();
}

/** Like `withLock`, but another holder is an error at once. */
export async function withLockOrFail<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await using _ = await holdOrFail(path, options);
  return await work();
}

/** Holds the lock until it is disposed of; another holder is an error at once. */
export const holdOrFail = (path: string, options: LockOptions): Promise<HeldLock> =>
  take(
    path,
    async () => {
      throw options.held(await holderOf(path));
    },
    options,
  );

/** Who holds a lock, as far as its file says, without asking for it; undefined if nobody that is alive. */
export async function whoHolds(path: string): Promise<string | undefined> {
  const { data } = holderSchema.safeParse(parseJson(await readFile(path, "utf8").catch(() => "")));
  return data && (await isAlive(data)) ? describe(data) : undefined;
}

async function take(
  path: string,
  busy: (fd: number) => Promise<void>,
  options: LockOptions,
): Promise<HeldLock> {
  const { signal, transient = false } = options;
  signal?.throwIfAborted();
  const file = await openLock(path);
  // Who removed it held it until then: a lock on what is not in its place any more keeps nobody else out.
  const isGone = async (): Promise<boolean> => transient && !(await isAt(path, file));
  try {
    if (!(await flock(file.fd, ["--nonblock"])) && !(await isGone())) await busy(file.fd);
    if (!(await isGone())) return await holding(path, file, options);
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return take(path, busy, options);
}

/** Writes who holds a lock that is taken, and frees it in the end. */
async function holding(
  path: string,
  file: FileHandle,
  { work: first, transient }: LockOptions,
): Promise<HeldLock> {
  const self = await identify(process.pid);
  const known = { ...self, host: hostname(), since: new Date().toISOString() };
  const say = async (work?: string): Promise<void> => {
    await file.truncate();
    // On a full disk the lock holds without it, and who makes room needs locks.
    await file.write(JSON.stringify({ ...known, work })).catch(() => undefined);
  };
  await say(first);
  return {
    say,
    [Symbol.asyncDispose]: async () => {
      // Any other stays: one that is removed could be held twice, by who has it open and by who makes it anew.
      if (transient) await rm(path, { force: true });
      await file.truncate();
      await file.close();
    },
  };
}

async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [there, own] = [await stat(path).catch(() => undefined), await file.stat()];
  return there?.ino === own.ino && there.dev === own.dev;
}

/** The host lets nobody, or not this user, write there. */
const forbidden = ["EACCES", "EPERM", "EROFS"];

/** Something else lies where the file, or its folder, is to be; or this user may not write there. */
const inTheWay = ["EISDIR", "ENOTDIR", "EEXIST", "ELOOP", ...forbidden];

async function openLock(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(path, "a+");
  } catch (cause) {
    const code = inTheWay.find((one) => isErrno(cause, one));
    if (code === undefined) throw cause;
    const what = code === "EISDIR" ? "it is a folder" : code;
    const Kind = forbidden.includes(code) ? InfrastructureError : UsageError;
    throw new Kind(`The lock ${path} cannot be opened: ${what}`, {
      cause,
      hint: "A lock is a file that the harness makes: move away whatever is in its place, or check who may write there.",
    });
  }
}

async function waitForHolder(
  fd: number,
  path: string,
  { name, progress, signal, held, deadlines = new Deadlines() }: LockOptions,
): Promise<void> {
  const limit = deadlines.for("lock");
  const say = async (): Promise<void> =>
    progress.note(
      `Waiting for the ${name}, ${Math.ceil(limit / 60_000)} min at most: ${await holderOf(path)} holds ${path}`,
    );
  const over = AbortSignal.timeout(limit);
  const reminder = setInterval(() => void say(), deadlines.for("lockReminder"));
  try {
    await say();
    if (await flock(fd, [], AbortSignal.any([over, ...(signal ? [signal] : [])]))) return;
  } finally {
    clearInterval(reminder);
  }
  signal?.throwIfAborted();
  throw held(await holderOf(path));
}

/**
 * Locks what the file descriptor has open; false if another has it, or once the signal is raised. The child only asks:
 * the lock belongs to the open file, which is ours, and stays when the child ends.
 */
async function flock(fd: number, options: readonly string[], signal?: AbortSignal): Promise<boolean> {
  const [file, args] = owned("KILL", ["flock", ...options, "--conflict-exit-code", "75", "0"]);
  // execa's types know no descriptor above 9.
  const child = spawn(file, args, { stdio: [fd, "ignore", "inherit"] });
  const end = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    const [code] = await once(child, "exit");
    if (code === 0) return true;
    if (code === 75 || signal?.aborted) return false;
    throw new InfrastructureError(`flock failed on the host, with exit code ${code}`);
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

async function holderOf(path: string): Promise<string> {
  const said = await readFile(path, "utf8").catch(() => "");
  if (said === "") return "a command that has just started";
  const { data } = holderSchema.safeParse(parseJson(said));
  return data ? describe(data) : `a process that wrote ${JSON.stringify(said.slice(0, 200))}`;
}

async function describe({ pid, pidNamespace, host, since, work }: Holder): Promise<string> {
  const where =
    pidNamespace === (await ownPidNamespace()) ? "" : ` of another PID namespace (${pidNamespace})`;
  return `${work === undefined ? "" : `${work}, `}process ${pid}${where} on ${host} since ${since}`;
}
