import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { hierarchies, type Hierarchy } from "./cgroups.ts";
import { isErrno } from "./errno.ts";

/** What the kernel of the host gives and withholds, as far as machines depend on it. */
export type KernelFacts = {
  readonly cgroups: readonly Hierarchy[];
  readonly capSysResource: boolean;
  /** The host's limit of tracked connections; undefined without connection tracking. */
  readonly conntrackMax: number | undefined;
  readonly cores: number;
};

export const conntrackFile = "/proc/sys/net/netfilter/nf_conntrack_max";

// The bit of CAP_SYS_RESOURCE: capabilities(7), linux/capability.h
const capSysResource = 24n;

/** Whether a process may have CAP_SYS_RESOURCE, by the CapBnd mask in the text of /proc/PID/status. */
export function mayHaveSysResource(status: string): boolean {
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> capSysResource) & 1n) === 1n;
}

export async function kernelFacts(): Promise<KernelFacts> {
  return {
    cgroups: await hierarchies(),
    capSysResource: mayHaveSysResource(await readFile("/proc/self/status", "utf8")),
    conntrackMax: await readNumber(conntrackFile),
    cores: availableParallelism(),
  };
}

async function readNumber(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, "utf8"));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
