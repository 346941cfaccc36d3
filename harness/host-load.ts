import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** How busy a host is, as proc(5) has it. */
export type HostLoad = {
  readonly cores: number;
  /** Mean number of processes that run or want to, of the last minute. */
  readonly load: number;
  /** Processes that run or want to, now. */
  readonly runnable: number;
  /** By resource, the share of the last seconds in percent in which work stood still for want of it; empty without PSI. */
  readonly stalled: { readonly cpu?: number; readonly memory?: number; readonly io?: number };
};

/** Processes for each core from which on nobody can tell a slow program from one that hangs; a whole run makes 2 or 3. */
const crowd = 6;

/** Percent of the time, in which nothing at all goes on for want of memory or of the disk. */
const standstill = 40;

/** How busy this host is. */
export function hostLoad(): HostLoad {
  const [cpu, memory, io] = [
    pressure("cpu", "some avg10"),
    pressure("memory", "full avg60"),
    pressure("io", "full avg60"),
  ];
  return {
    ...parseLoad(read("/proc/loadavg"), availableParallelism()),
    stalled: {
      ...(cpu !== undefined && { cpu }),
      ...(memory !== undefined && { memory }),
      ...(io !== undefined && { io }),
    },
  };
}

/** Why what was late on a host may have been so for want of time alone, with figures; undefined if the host had time. */
export function starvation(
  { cores, load, runnable, stalled }: HostLoad,
  who = "this host",
): string | undefined {
  const { cpu = 0, memory = 0, io = 0 } = stalled;
  const crowded = load >= crowd * cores || (runnable >= crowd * cores && cpu >= 90);
  if (crowded) return `${who} was starved: load ${load}, ${runnable} processes ready to run, ${cores} cores`;
  if (memory >= standstill)
    return `${who} was out of memory: all work stood still ${memory} % of the last minute`;
  if (io >= standstill)
    return `the disk of ${who} was overloaded: all work stood still ${io} % of the last minute`;
  return undefined;
}

/** A line of /proc/loadavg: `0.65 1.25 1.05 3/99 13725`. */
export function parseLoad(line: string, cores: number): Pick<HostLoad, "cores" | "load" | "runnable"> {
  const [load = "", , , tasks = ""] = line.split(" ");
  return { cores, load: Number(load), runnable: Number.parseInt(tasks) || 0 };
}

/** A value of a file in /proc/pressure; undefined where the kernel has none. */
function pressure(resource: string, name: string): number | undefined {
  const [kind = "", field = ""] = name.split(" ");
  const value = new RegExp(`^${kind} .*${field}=([\\d.]+)`, "m").exec(
    read(`/proc/pressure/${resource}`),
  )?.[1];
  return value === undefined ? undefined : Number(value);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
