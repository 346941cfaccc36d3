import { basename, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { namesIn } from "../../host/files.ts";
import { type HeldLock, holdOrFail, whoHolds } from "../../host/lock.ts";
import { stateRoot } from "../../host/paths.ts";
import { silent } from "../../progress.ts";

const folder = (): string => join(stateRoot(), "locks");
const ending = ".lock";
const lockOf = (id: string): string => join(folder(), `${id}${ending}`);

/** Locks of this process: what it does on a cluster that it holds is a part of the same work. */
const own = new Map<string, HeldLock>();

function commandLine(): string {
  const [, file = "", ...words] = process.argv;
  const name = basename(file, ".ts");
  const typed = ["pnpm run", ...(name === "cli" ? [] : [name]), ...words].join(" ");
  return `\`${typed.length > 160 ? `${typed.slice(0, 160)}…` : typed}\``;
}

/**
 * Keeps everything else from changing a cluster's machines, or looking at them as a run, until it is disposed of. UsageError
 * at once if something else does that, which says what it is; `hint` says what can be done about it beside waiting.
 */
export async function holdCluster(
  id: string,
  hint = "--cluster ID names another cluster.",
): Promise<HeldLock> {
  const held = own.get(id);
  if (held) return { say: held.say, [Symbol.asyncDispose]: async () => undefined };
  const command = commandLine();
  const lock = await holdOrFail(lockOf(id), {
    name: `lock of cluster ${id}`,
    progress: silent,
    work: command,
    transient: true,
    held: (holder) =>
      new UsageError(`The cluster ${id} is in use: ${holder}`, {
        hint: `Wait for its end, or end it with Ctrl-C where it runs. ${hint}`,
      }),
  });
  const made: HeldLock = {
    say: (run) => lock.say(`${run}, ${command}`),
    [Symbol.asyncDispose]: async () => {
      own.delete(id);
      await lock[Symbol.asyncDispose]();
    },
  };
  own.set(id, made);
  return made;
}

/** Runs `work` while this process holds the cluster, as `holdCluster` has it. */
export async function lockCluster<T>(
  id: string,
  work: (lock: HeldLock) => Promise<T>,
  hint?: string,
): Promise<T> {
  await using lock = await holdCluster(id, hint);
  return await work(lock);
}

/** What uses a cluster now: its run, command, process, and since when; undefined if nothing does. */
export const useOfCluster = (id: string): Promise<string | undefined> => whoHolds(lockOf(id));

/** Removes the locks that killed processes left: they hold nobody off. */
export async function removeLeftLocks(): Promise<void> {
  const ids = (await namesIn(folder())).map((name) => basename(name, ending));
  for (const id of ids)
    if ((await useOfCluster(id)) === undefined) await lockCluster(id, async () => undefined);
}
