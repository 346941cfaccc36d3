import { readFile } from "node:fs/promises";
import { hierarchies } from "./kernel/cgroups.ts";

// The bit of CAP_SYS_RESOURCE: capabilities(7), linux/capability.h
const capSysResource = 24n;

/** Whether a process may have CAP_SYS_RESOURCE, by the CapBnd mask in the text of /proc/PID/status. */
export function mayHaveSysResource(status: string): boolean {
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> capSysResource) & 1n) === 1n;
}

export async function kernelFacts() {
  return {
    cgroups: await hierarchies(),
    capSysResource: mayHaveSysResource(await readFile("/proc/self/status", "utf8")),
  };
}

/** What the kernel of the host gives and withholds, as far as machines depend on it. */
export type KernelFacts = Readonly<Awaited<ReturnType<typeof kernelFacts>>>;
