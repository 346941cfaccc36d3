import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

/** Percent of a time in which work waited: some of it for a processor, all of it for memory or the disk. */
export type Stalled = { readonly cpu?: number; readonly memory?: number; readonly io?: number };

/** How busy a host is or was, as proc(5) has it. */
export type HostLoad = {
  readonly cores: number;
  /** Mean number of processes that run or want to, of the last minute; the highest in a longer time. */
  readonly load: number;
  /** Processes that run or want to; in a longer time, their mean. */
  readonly runnable: number;
  /** By resource; empty without PSI (a kernel older than 4.20, or one that was told not to). */
  readonly stalled: Stalled;
  /**
   * Percent of the time in which a run's own work waited for a processor, in its machines or in its own process: others may
   * wait for it and not the reverse. Absent where its machines do not share this host's kernel, or the kernel does not tell.
   */
  readonly own?: number;
  /** Percent of the processors' time that the hypervisor gave to others. */
  readonly stolen?: number;
  /** Percent of the processors' time in which a quota kept this process and those beside it from running. */
  readonly throttled?: number;
  /** How long the time was that shares are of; a minute where it is absent. */
  readonly seconds?: number;
};

export type LoadSample = Pick<HostLoad, "cores" | "load" | "runnable"> & {
  readonly at: number;
  /** Milliseconds since the host's boot in which work waited. */
  readonly waited: Stalled;
  /** Milliseconds of all processors since then. */
  readonly stolen: number;
  /** Milliseconds of all processors that quotas of the control groups took, in which this process is. */
  readonly throttled: number;
  /** Milliseconds in which this process waited for a processor. */
  readonly delayed: number;
  /** The same of any work of the machines; absent where nobody counts it. */
  readonly machines?: number;
};

/** Processes for each core from which on nobody can tell a slow program from one that hangs; a whole run makes 2 or 3. */
const crowd = 6;

/** Percent of the time in which some work waits for a processor, where there are too many processes for them. */
const queue = 90;

/** The same for a program's own limit of seconds, which a stall of seconds exceeds. */
const few = { crowd: 4, queue: 50 };

/** The same as `queue`, and as that of `few`, of a run's own work: with half of the time it takes twice as long. */
const ownQueue = { starved: 50, slow: 30 };

/** Percent of the time, in which nothing at all goes on because memory ran out or of the disk. */
const standstill = 40;

/** Percent of the processors' time that may be stolen, or taken by a quota. */
const theft = 30;

/** `machines` is the file cpu.pressure of the control group of machines on this host; see the kernel's accounting/psi. */
export function sampleLoad(machines?: string): LoadSample {
  // user nice system idle iowait irq softirq steal, in hundredths of a second
  const steal = /^cpu +(?:\d+ +){7}(\d+)/.exec(read("/proc/stat"))?.[1] ?? "0";
  return {
    at: performance.now(),
    ...parseLoad(read("/proc/loadavg"), availableParallelism()),
    waited: figuresIn(pressures(), "total", (microseconds) => microseconds / 1000),
    stolen: Number(steal) * 10,
    throttled: throttledTime(),
    // Nanoseconds that its main thread ran and waited, and how often; see the kernel's sched-stats.
    delayed: Number(read("/proc/self/schedstat").split(" ")[1] ?? 0) / 1e6,
    ...(machines !== undefined && machinesWaited(read(machines))),
  };
}

const machinesWaited = (pressure: string): Pick<LoadSample, "machines"> => {
  const total = /^some .*total=(\d+)/m.exec(pressure)?.[1];
  return total === undefined ? {} : { machines: Number(total) / 1000 };
};

/** What quotas of a container, or of a service that a run is a part of, took; see cgroups(7) and sched-bwc. */
function throttledTime(): number {
  const groups = read("/proc/self/cgroup").split("\n");
  const of = (line: RegExp): string | undefined => groups.map((group) => line.exec(group)?.[1]).find(Boolean);
  const [old, unified] = [of(/^\d+:(?:[\w,]*,)?cpu(?:,[\w,]*)?:(\/.*)$/), of(/^0::(\/.*)$/)];
  const [root, path] = old === undefined ? ["/sys/fs/cgroup", unified] : ["/sys/fs/cgroup/cpu", old];
  let milliseconds = 0;
  for (let at = path ?? "/"; ; at = dirname(at)) {
    const [, unit, count] = /^throttled_(time|usec) (\d+)$/m.exec(read(join(root, at, "cpu.stat"))) ?? [];
    milliseconds += Number(count ?? 0) / (unit === "time" ? 1e6 : 1e3);
    if (at === "/") return milliseconds;
  }
}

/** How busy the host was between samples, the first of which is where it begins. */
export function loadBetween(samples: readonly [LoadSample, ...LoadSample[]]): HostLoad {
  const [first] = samples;
  const last = samples.at(-1) ?? first;
  const milliseconds = Math.max(1, last.at - first.at);
  const later: readonly LoadSample[] = samples.length > 1 ? samples.slice(1) : samples;
  return {
    cores: last.cores,
    load: Math.max(...later.map(({ load }) => load)),
    runnable: Math.round(later.reduce((sum, { runnable }) => sum + runnable, 0) / later.length),
    stalled: byResource((resource) => {
      const [before, after] = [first.waited[resource], last.waited[resource]];
      return before === undefined || after === undefined ? undefined : percent(after - before, milliseconds);
    }),
    ...(last.machines !== undefined && {
      own: percent(
        // Machines that were made meanwhile begin with nothing.
        Math.max(last.delayed - first.delayed, last.machines - (first.machines ?? 0)),
        milliseconds,
      ),
    }),
    stolen: percent(last.stolen - first.stolen, milliseconds * last.cores),
    throttled: percent(last.throttled - first.throttled, milliseconds * last.cores),
    seconds: Math.round(milliseconds / 1000),
  };
}

/** How busy this host is, with the shares of the last minute. */
export const presentLoad = (): HostLoad => ({
  ...parseLoad(read("/proc/loadavg"), availableParallelism()),
  stalled: parsePressure(pressures()),
});

const busy = ({ load, runnable, cores }: Pick<HostLoad, "load" | "runnable" | "cores">): string =>
  `load ${load}, ${runnable} ${runnable === 1 ? "process" : "processes"} ready to run, ${cores} ${cores === 1 ? "core" : "cores"}`;

/** Why what was late on a host may have been so for want of time alone, with figures; undefined if the host had time. */
export function starvation(
  { cores, load, runnable, stalled, own, stolen = 0, throttled = 0, seconds }: HostLoad,
  who = "this host",
): string | undefined {
  const { cpu, memory = 0, io = 0 } = stalled;
  const time = `of ${seconds ?? 60} s`;
  // The load average remembers a minute before; a mean that was counted beside the pressure does not.
  const counted = cpu !== undefined && seconds !== undefined;
  const crowded = (counted ? runnable : Math.max(load, runnable)) >= crowd * cores;
  // A kernel without PSI leaves the number of processes.
  const hasWaited = own === undefined ? (cpu ?? 100) >= queue : own >= ownQueue.starved;
  if (crowded && hasWaited) {
    const waited = cpu === undefined && own === undefined ? "" : `, ${waitedOf({ stalled, own })} ${time}`;
    return `${who} was starved: ${busy({ load, runnable, cores })}${waited}`;
  }
  if (stolen >= theft)
    return `${who} was starved: its hypervisor gave ${stolen} % ${time} of its processors to others`;
  if (throttled >= theft)
    return `${who} was starved: a quota of its control group took ${throttled} % ${time} of its processors`;
  if (memory >= standstill) return `${who} was out of memory: all work was stalled ${memory} % ${time}`;
  if (io >= standstill) return `the disk of ${who} was overloaded: all work was stalled ${io} % ${time}`;
  return undefined;
}

/**
 * Milliseconds that what took so many would have taken at least on a host with all its time: those in which nothing that it needs
 * waited. 0 where nobody counted how long a run's own work waited.
 */
export function undisturbed(
  milliseconds: number,
  { own = 100, stalled: { memory = 0, io = 0 }, stolen = 0, throttled = 0 }: HostLoad,
): number {
  return milliseconds * Math.max(0, 1 - (own + memory + io + stolen + throttled) / 100);
}

/**
 * Why a program on a host may have exceeded its own limit of seconds though the host had time on the whole: the load average
 * counts, for a mean hides a stall. Undefined if work did not wait, or the kernel does not tell.
 */
export function slowness(
  { cores, load, runnable, stalled, own, seconds = 60 }: HostLoad,
  who = "this host",
): string | undefined {
  const hasWaited = own === undefined ? (stalled.cpu ?? 0) >= few.queue : own >= ownQueue.slow;
  if (Math.max(load, runnable) < few.crowd * cores || !hasWaited) return undefined;
  return `${who} was slow: ${busy({ load, runnable, cores })}, ${waitedOf({ stalled, own })} of ${seconds} s`;
}

const waitedOf = ({
  stalled: { cpu },
  own,
}: {
  readonly stalled: Stalled;
  readonly own: number | undefined;
}) =>
  own === undefined
    ? `work waited for a processor ${cpu} %`
    : `the run's own work waited for a processor ${own} %`;

export function describeLoad({
  stalled,
  own,
  stolen = 0,
  throttled = 0,
  seconds,
  ...load
}: HostLoad): string {
  const waited = [
    ["a processor", stalled.cpu],
    ["memory", stalled.memory],
    ["the disk", stalled.io],
  ];
  const shares = waited.flatMap(([what, share]) => (share === undefined ? [] : [`for ${what} ${share} %`]));
  const pressure =
    shares.length === 0
      ? "the kernel has no pressure information"
      : `work waited ${shares.join(", ")} of ${seconds === undefined ? "the last minute" : `${seconds} s`}`;
  const ofRun = own === undefined ? "" : `, the run's own for a processor ${own} %`;
  const taken = stolen > 0 ? `, ${stolen} % stolen by the hypervisor` : "";
  const kept = throttled > 0 ? `, ${throttled} % taken by a quota` : "";
  return `${busy(load)}; ${pressure}${ofRun}${taken}${kept}`;
}

/** A line of /proc/loadavg: `0.65 1.25 1.05 3/99 13725`. */
export function parseLoad(line: string, cores: number): Pick<HostLoad, "cores" | "load" | "runnable"> {
  const [load = "", , , tasks = ""] = line.split(" ");
  return { cores, load: Number(load), runnable: Number.parseInt(tasks) || 0 };
}

/** By resource, what is told of it: some work waits for a processor, all work for memory or the disk. */
const kinds = { cpu: "some", memory: "full", io: "full" } as const;
const resources = ["cpu", "memory", "io"] as const;

const byResource = (of: (resource: keyof Stalled) => number | undefined): Stalled =>
  Object.fromEntries(
    resources.flatMap((resource) => {
      const value = of(resource);
      return value === undefined ? [] : [[resource, value]];
    }),
  );

/** What /proc/pressure has, each line after its resource; empty where the kernel has no such files. */
const pressures = (): string =>
  resources.map((name) => read(`/proc/pressure/${name}`).replaceAll(/^/gm, `${name} `)).join("\n");

/** A figure of each resource, out of lines such as `cpu some avg10=0.00 avg60=1.25 … total=6264`. */
const figuresIn = (text: string, figure: "avg60" | "total", meant: (value: number) => number): Stalled =>
  byResource((name) => {
    const value = new RegExp(`^${name} ${kinds[name]} .*${figure}=([\\d.]+)`, "m").exec(text)?.[1];
    return value === undefined ? undefined : meant(Number(value));
  });

/** The shares of the last minute, in percent. */
export const parsePressure = (text: string): Stalled => figuresIn(text, "avg60", Math.round);

const percent = (part: number, whole: number): number => Math.round((100 * part) / whole);

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
