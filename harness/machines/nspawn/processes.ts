import { readFile } from "node:fs/promises";
import { isErrno } from "./errno.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Clock ticks between the host's boot and the process's start: field 22 of proc(5)'s stat. */
  readonly start: number;
  /** The host's boot id. */
  readonly boot: string;
};

/** State and start time out of the text of /proc/PID/stat, whose second field may hold blanks and brackets. */
export function parseStat(stat: string): { readonly state: string; readonly start: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: Number(fields[19]) };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

export const hostBootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();

/** Who this process is; undefined if it is over, or waits to be collected. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { state, start } = parseStat(stat);
  return state === "Z" || state === "X" ? undefined : { pid, start, boot: await hostBootId() };
}

/** Whether that very process still runs. */
export async function isAlive({ pid, start, boot }: ProcessIdentity): Promise<boolean> {
  const now = await identify(pid);
  return now !== undefined && now.start === start && now.boot === boot;
}

/** The first child; for nspawn, the machine's init. */
export async function firstChild(pid: number): Promise<number | undefined> {
  const children = await readIfThere(`/proc/${pid}/task/${pid}/children`);
  const first = children?.trim().split(" ")[0];
  return first ? Number(first) : undefined;
}

/** Sends a signal; a process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals | number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}
