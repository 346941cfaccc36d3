import { readdir, readFile } from "node:fs/promises";
import { isErrno } from "../errno.ts";
import { ifThere } from "../files.ts";

/** The first child; for nspawn, the machine's init. Undefined if there is none. */
export async function firstChild(pid: number): Promise<number | undefined> {
  const children = await ifThere(readFile(`/proc/${pid}/task/${pid}/children`, "utf8"), "ESRCH");
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

/** Numbers of the processes whose file in /proc, such as `cmdline`, has a text; one that may not be read has none. */
export async function processesWith(file: string, text: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const reading = readFile(`/proc/${pid}/${file}`, "utf8");
      const content = await ifThere(reading, "ESRCH", "EINVAL", "EACCES");
      return content?.includes(text) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
