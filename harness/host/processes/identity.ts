import { readFile, readlink } from "node:fs/promises";
import { z } from "zod";
import { ifThere } from "../files.ts";

/** The parts of a process's identity, for schemas of files that outlive it. */
export const processIdentity = {
  pid: z.int().positive(),
  /** Clock ticks between the host's boot and the process's start: field 22 of proc(5)'s stat. Tells a reused pid. */
  start: z.number(),
  boot: z.string(),
  /** The PID namespace that counts so, as /proc/self/ns/pid names it; absent in what earlier versions wrote. */
  pidNamespace: z.string().optional(),
};
const schema = z.object(processIdentity);

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = z.infer<typeof schema>;

/** State and start time out of the text of /proc/PID/stat, whose second field may hold blanks and brackets. */
export function parseStat(stat: string): { readonly state: string; readonly start: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: Number(fields[19]) };
}

export const hostBootId = async (): Promise<string> =>
  (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();

/** The PID namespace of this process: `pid:[4026531836]`. */
export const ownPidNamespace = (): Promise<string> => readlink("/proc/self/ns/pid");

/** Who has this number now; undefined if nobody, or one that is over and waits to be collected. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await ifThere(readFile(`/proc/${pid}/stat`, "utf8"), "ESRCH");
  const { state, start } = parseStat(stat ?? "");
  if (["", "Z", "X"].includes(state)) return undefined;
  return { pid, start, boot: await hostBootId(), pidNamespace: await ownPidNamespace() };
}

/**
 * Whether the number counts in a PID namespace that is not this process's: then nobody here can say who has it, and a
 * signal to it would reach somebody else.
 */
export const isElsewhere = async ({ pidNamespace }: ProcessIdentity): Promise<boolean> =>
  pidNamespace !== undefined && pidNamespace !== (await ownPidNamespace());

/** Whether that very process still runs. One of another PID namespace does, for all that is known, until the host's next boot. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  if (process.boot !== (await hostBootId())) return false;
  return (await isElsewhere(process)) || (await identify(process.pid))?.start === process.start;
}
