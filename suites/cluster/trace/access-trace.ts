import { AsyncLocalStorage } from "node:async_hooks";
import { type AheadOfTurn, effectsOfScript, type ResourceAccess, unitsIn } from "../../../harness/cluster.ts";
import { machines } from "../run.ts";

/** In milliseconds: work that was begun so little before a test is its own. */
const atOnce = 50;

/** More than a test needs to name what it looked at. */
const most = 40;

/** What was looked at in one piece of work, and in the work that it shares with others. */
export class AccessTrace {
  readonly #seen = new Map<string, ResourceAccess>();
  readonly #shared = new Set<AccessTrace>();
  /** How often something was held against what is wanted, by the work itself and not by what it shares. */
  proofs = 0;
  /** When it was at work, by `performance.now`; absent of what is no test's work, such as a connection. */
  work?: { readonly begunAt: number; endedAt?: number };

  add(look: ResourceAccess): void {
    this.#seen.set(`${look.machine} ${look.kind} ${look.name}`, look);
  }

  share(other: AccessTrace): void {
    if (other !== this) this.#shared.add(other);
  }

  /** The longest of the shared work that was done before `turn`, and how long before that it was begun; undefined if none was. */
  ahead(turn: number): AheadOfTurn | undefined {
    const all = [...this.#shared].flatMap(({ work }) => {
      const beforeMs = turn - (work?.begunAt ?? turn);
      return beforeMs > atOnce
        ? [{ beforeMs, durationMs: beforeMs - Math.max(0, turn - (work?.endedAt ?? turn)) }]
        : [];
    });
    return all.toSorted((a, b) => b.durationMs - a.durationMs)[0];
  }

  /** All of them, without doubles; bounded, for a record is small. */
  all(): ResourceAccess[] {
    const found = new Map<string, ResourceAccess>();
    for (const looks of this.#reachable(new Set())) {
      for (const [name, look] of looks.#seen) found.set(name, look);
    }
    return [...found.values()].slice(0, most);
  }

  #reachable(known: Set<AccessTrace>): Set<AccessTrace> {
    if (known.has(this)) return known;
    known.add(this);
    for (const other of this.#shared) other.#reachable(known);
    return known;
  }
}

const current = new AsyncLocalStorage<AccessTrace>();

/** Does work whose looks are kept apart, such as a test. */
export const watched = <T>(looks: AccessTrace, work: () => T): T => current.run(looks, work);

/** Does work that no test asked for, so that its looks are nobody's. */
export const unwatched = <T>(work: () => T): T => watched(new AccessTrace(), work);

/** Notes a look of whatever work is going on; nothing outside of all. */
export const traceAccess = (look: ResourceAccess): void => current.getStore()?.add(look);

/** Notes that something is held against what is wanted. */
export function traceProof(): void {
  const looks = current.getStore();
  if (looks) looks.proofs += 1;
}

/** Counts the looks of shared work as those of the work that is going on. */
export const shareAccesses = (other: AccessTrace): void => current.getStore()?.share(other);

/** Where nothing of the guide's is: devices, processes, the distribution's programs, and what only looks like a file of root's. */
const elsewhere = /^\/(?:(?:dev|proc|sys|bin|sbin|tmp|usr\/s?bin)(?:\/|$)|root\/)/;

/** Words of commands that show what a unit has made without naming it: devices, the tunnel on the wire, networks of pods, rules. */
const shownBy: readonly (readonly [words: RegExp, unit: string])[] = [
  [/\bflannel\.\d|\bport 8472\b|\bip (?:-\S+ )*link show(?! dev)/, "flanneld"],
  [/\bdocker0\b|\bnsenter\b/, "docker"],
  [/\biptables(?:-save)?\b/, "kube-proxy"],
];

/** What a command that runs on a machine looks at, as its text says: files, keys of etcd, units, also by what they made, and ports. */
export function accessesOf(machine: string, command: string): ResourceAccess[] {
  const effects = effectsOfScript(command, machine);
  const files = effects.filter(
    ({ does, what }) => /^(?:reads|writes|removes)$/.test(does) && !elsewhere.test(what),
  );
  const ports = effects.flatMap(({ does, what }): ResourceAccess[] => {
    if (does !== "connects") return [];
    const [address = "", port = ""] = what.split(":");
    const on = address === "127.0.0.1" ? machine : machineAt(address);
    return on === undefined ? [] : [{ machine: on, kind: "port", name: port }];
  });
  const makers = shownBy.flatMap(([words, unit]) => (words.test(command) ? [unit] : []));
  const units = [...new Set([...unitsIn(effects), ...makers])];
  return [
    ...files.map(({ what }): ResourceAccess => ({ machine, kind: "file", name: what })),
    ...units.map((name): ResourceAccess => ({ machine, kind: "unit", name })),
    ...ports,
  ];
}

/** The machine that has an address; undefined for a pod's or a service's. */
export const machineAt = (address: string): string | undefined =>
  machines.find((machine) => machine.address === address)?.name;
