import { type HostLoad, slowness, starvation } from "../host/load.ts";
import type { UnitFinding } from "../record/blame.ts";
import { isTelling } from "./units/last-words.ts";

/** What a machine was seen to be after a failure, beside what the guide made of it. */
export type MachineEvidence = {
  readonly machine: string;
  /** Why it could not be asked; the rest is absent then. */
  readonly silent?: string;
  readonly load?: HostLoad;
  /** Whether it is no machine of this host, whose load is watched all the while. */
  readonly isRemote?: true;
  readonly disks?: readonly Disk[];
  readonly rebooted?: boolean;
  readonly oomKills?: number;
  readonly killed?: readonly string[];
  /** Those of them that have a limit of memory of their own: that they were killed says nothing of the machine. */
  readonly limited?: readonly string[];
  readonly linkChanges?: number;
  /** Machines that it does not reach, not even their link-layer address. */
  readonly unreached?: readonly string[];
  readonly kubelet?: KubeletRoom;
  readonly address?: string;
  /** Where somebody listens, as `ss` writes it: `127.0.0.1:2379`, `*:22`. */
  readonly listens?: readonly string[];
};

/** What a kubelet goes by when it evicts pods, and lets none begin. */
export type KubeletRoom = {
  /** Bytes of memory that are left by its own reckoning. */
  readonly memory: number;
  readonly disks: readonly {
    readonly of: keyof typeof evictsBelow;
    readonly path: string;
    readonly percent: number;
  }[];
  /** What it has said since that it was short of. */
  readonly reclaimed: readonly string[];
};

/** A file system, named as a person finds it. */
export type Disk = { readonly path: string; readonly available: number };

/** What is known of a failure. */
export type Failed = {
  /** Whether a limit of time ended what failed. */
  readonly late: boolean;
  /** Whether that lasted seconds, of minutes in which it was looked at all the while: a stall of seconds explains it. */
  readonly brief?: boolean;
  readonly text: string;
  /** What the units concerned have said; programs print their options here, so no word of it tells that one was late. */
  readonly journal?: string;
  /** Whether a unit refuses to run for a reason of its own, or nobody runs it: what was late is so because of that, on a host without time, too. */
  readonly refused?: boolean;
  /** On which it failed. */
  readonly machine?: string;
  /** Whether it took longer than the time that its work had to wait explains. */
  readonly unexplained?: boolean;
};

/** All that is looked at before a failure is given to the guide; what is absent was not looked at. */
export type EnvironmentEvidence = {
  /** `load` is that of the time in which was waited for what failed. */
  readonly host: { readonly load: HostLoad; readonly disks: readonly Disk[] };
  readonly machines: readonly MachineEvidence[];
};

/** Bytes below which a file system counts as full. */
const full = 16 * 2 ** 20;

/** Percent below which a kubelet evicts pods unless it is told otherwise; kubernetes.io, "Configure Out Of Resource Handling". */
const evictsBelow = { nodefs: 10, inodes: 5, imagefs: 15 } as const;
/** Bytes of memory below which it does. */
const leastMemory = 100 * 2 ** 20;

/** What programs say when their time was over, or the disk was full. */
const said = {
  late: /timed out|(?:i\/o|handshake|result) timeout|(?:deadline|timeout) (?:was )?exceeded|exceeded \w+ timeout|time allotted|\bcurl(?:: \(|#)28\b/i,
  /** A program's own limit of seconds, which nothing in the guide sets, was over. */
  seconds:
    /leaderelection lost|lost (?:lease|master)|failed to renew lease|TLS handshake timeout|took too long \(\d[\d.]*s\)/i,
  full: /no space left on device|ENOSPC/i,
  /** 128 and 9 is how a shell says it, as systemd does by `status=9/KILL`. */
  killed:
    /\bkilled\b|exit code 137\b|status=9\/KILL|result (?:oom-kill|signal, exit code 9\b)|out of memory|cannot allocate memory|ENOMEM/i,
  /** Words of a program that another one does not answer. */
  alone:
    /refused|cannot connect|daemon running|reset by peer|broken pipe|\bEOF\b|unavailable|NotReady|not healthy|unhealthy/i,
};

/** What no lack of time makes: a program, an option or a right that is not there, or wrong syntax. Words of a shell, where a file may be late. */
const never = {
  late: /command not found|permission denied|syntax error|not a directory|unrecognized (?:option|argument)|(?:invalid|illegal|bad) option|unknown (?:shorthand )?(?:flag|option|command|operation)|not defined: -|exec format error|(?:^|\s)-?(?:ba|da)?sh: (?:line \d+: )?\S+: no such file/im,
  made: /no such file or directory/i,
};

/** What is said where a node takes no pods, or does away with them. */
const evicted = /(?:disk|memory)[- ]?pressure|\bevict|low on resource|had taints/i;

/** Why a failure says nothing about the guide, in sentences with figures, the strongest first; none if all was fine. */
export function judge(
  { late, brief, text, journal = "", refused, unexplained, machine: here = "" }: Failed,
  { host, machines }: EnvironmentEvidence,
): string[] {
  const of = (tell: Tell): string[] => tellOf(machines, tell);
  const isOwnLimit = said.seconds.test(text);
  const isLate = late || isOwnLimit || said.late.test(text);
  // A file that was waited for may be one that a program makes in time.
  const isTimeless = never.late.test(text) || (!late && never.made.test(text));
  // Where something that it asks is dead, that is why it was late.
  const isDead = /refused/.test(text + journal) || machines.some(({ killed = [] }) => killed.length > 0);
  const disks = [
    ...host.disks.map((disk) => ({ ...disk, of: "this host" })),
    ...machines.flatMap(({ machine, disks: own = [] }) => own.map((disk) => ({ ...disk, of: machine }))),
  ];
  const crammed = disks.filter(({ available }) => available < full);
  // Machines whose work is counted on this host tell the load of its kernel, which is not theirs alone.
  const ofLoad = (tell: Tell): string | undefined =>
    host.load.own === undefined
      ? of(tell)[0]
      : tellOf(
          machines.filter(({ isRemote }) => isRemote),
          tell,
        )[0];
  const crowded =
    isLate &&
    !refused &&
    !unexplained &&
    !isTimeless &&
    !isElsewhere({ text, machine: here }, machines) &&
    (starvation(host.load) ??
      ofLoad(starved) ??
      (brief || (isOwnLimit && !isDead) ? (slowness(host.load) ?? ofLoad(slow)) : undefined));
  return [
    ...lost({ machines }),
    ...of(
      ({ machine, linkChanges = 0 }) =>
        linkChanges > 0 && `the network link of ${machine} went down or up ${linkChanges} times`,
    ),
    ...of(
      (each) =>
        isVictim({ isLate, said: text + journal }, each) &&
        `the kernel of ${each.machine} killed ${each.oomKills} processes because memory ran out${inUnits(each)}`,
    ),
    ...crammed.map(
      ({ of: whose, path, available }) => `${path} of ${whose} has ${mebibytes(available)} MiB left`,
    ),
    ...of(cramped(text + journal)),
    ...(crammed.length === 0 && said.full.test(text + journal)
      ? ["a file system was full, as the failed program reports"]
      : []),
    ...(crowded ? [crowded] : []),
  ];
}

/** Whether what excuses a failure is nothing but that there was no time: it might have failed all the same. */
export const isOfLoad = (failed: Failed, evidence: EnvironmentEvidence): boolean =>
  judge({ ...failed, refused: true }, evidence).length === 0;

const refusal = /\b(\d+(?:\.\d+){3})(?::| port )(\d+)\b[^\n]*refused/gi;

/** Whether a port that refuses is open on its machine, and at another address: who listens there has had the time for it. */
function isElsewhere(
  { text, machine }: Pick<Failed, "text" | "machine">,
  machines: readonly MachineEvidence[],
): boolean {
  return [...text.matchAll(refusal)].some(([, address = "", port = ""]) => {
    const asked = machines.find((one) =>
      address.startsWith("127.") ? one.machine === machine : one.address === address,
    );
    const open = (asked?.listens ?? []).filter((socket) => socket.endsWith(`:${port}`));
    return (
      open.length > 0 &&
      !open.some((socket) =>
        [address, "*", "0.0.0.0", "[::]", "::"].includes(socket.slice(0, -port.length - 1)),
      )
    );
  });
}

/** Which machines, or ways between them, are not there, or are not those that the run began with. */
export function lost({ machines }: Pick<EnvironmentEvidence, "machines">): string[] {
  const absences: readonly Tell[] = [
    ({ machine, silent }) => silent !== undefined && `${machine} does not answer: ${silent}`,
    ({ machine, rebooted }) => rebooted && `${machine} rebooted meanwhile`,
    ({ machine, unreached = [] }) =>
      unreached.length > 0 && `${machine} does not reach ${unreached.join(", ")}`,
  ];
  return absences.flatMap((tell) => tellOf(machines, tell));
}

/** Whether a program's last word names a reason of its own: not its time, another program's silence, or the machine's room. */
const isOwnReason = (word: string): boolean =>
  isTelling(word) && !Object.values(said).some((words) => words.test(word));

/** Whether a program's last word is that of one that had no time, or whose time another one took. */
export const isOfTime = (word: string): boolean =>
  [said.late, said.seconds, said.alone].some((words) => words.test(word));

/** Whether a unit's last word is such a reason. */
export const saysWhy = ({ said: word }: Pick<UnitFinding, "said">): boolean =>
  word !== undefined && isOwnReason(word);

/**
 * Whether a failure says that it was killed, where the kernel has killed because memory ran out; or has to do with a unit
 * that was: it names it, or waited for something, or something did not answer.
 */
function isVictim(
  { isLate, said: text }: { readonly isLate: boolean; readonly said: string },
  machine: MachineEvidence,
): boolean {
  const { oomKills = 0, limited = [] } = machine;
  const names = (units: readonly string[]): boolean => units.some((unit) => text.includes(unit));
  const victims = victimsOf(machine);
  if (oomKills === 0 || (names(limited) && !names(victims))) return false;
  if (said.killed.test(text)) return true;
  return victims.length > 0 && (isLate || said.alone.test(text) || names(victims));
}

const victimsOf = ({ killed = [], limited = [] }: MachineEvidence): string[] =>
  killed.filter((unit) => !limited.includes(unit));

function inUnits(machine: MachineEvidence): string {
  const victims = victimsOf(machine);
  return victims.length === 0 ? "" : `, in ${victims.join(", ")}`;
}

/** What a machine's kubelet lacks, if it said so since, or a failure says that a node takes no pods. */
const cramped =
  (text: string): Tell =>
  ({ machine, kubelet }) => {
    if (!kubelet) return false;
    const { memory, disks, reclaimed } = kubelet;
    const lacks = [
      ...(memory < leastMemory ? [`${mebibytes(memory)} MiB of memory`] : []),
      ...disks
        .filter(({ of, percent }) => percent < evictsBelow[of])
        .map(({ of, path, percent }) => `${percent} % of ${path}${of === "inodes" ? "'s inodes" : ""}`),
    ];
    const left = lacks.length > 0 && `${machine} has ${lacks.join(", ")} left, so its kubelet evicts pods`;
    const ranOut = reclaimed.length > 0 && `the kubelet of ${machine} ran short of ${reclaimed.join(", ")}`;
    return ranOut || (evicted.test(text) && left);
  };

type Tell = (machine: MachineEvidence) => string | undefined | false;

const tellOf = (machines: readonly MachineEvidence[], tell: Tell): string[] =>
  machines.map(tell).filter((told) => typeof told === "string");

const starved: Tell = ({ machine, load }) => load && starvation(load, machine);
const slow: Tell = ({ machine, load }) => load && slowness(load, machine);

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
