import { machines, profile } from "../cluster/index.ts";
import type { GrowthLimit } from "./drift.ts";

/** What is measured: its unit, and what a cluster under load may do in an hour and keep up for ever. */
type Kind = { readonly words: string; readonly unit: string; readonly bound: GrowthLimit };

export const kinds = {
  memory: { words: "memory of", unit: "MiB", bound: { perHour: 20, noise: 5, share: 0.2 } },
  descriptors: { words: "file descriptors of", unit: "descriptors", bound: { perHour: 10, noise: 20 } },
  // The apiserver keeps events for an hour (--event-ttl), so for an hour the database grows with each.
  database: { words: "database of", unit: "MiB", bound: { perHour: 10, noise: 40 } },
  rules: { words: "rules of", unit: "rules", bound: { perHour: 20, noise: 40 } },
  leftovers: { words: "dead or dangling", unit: "leftovers", bound: { perHour: 20, noise: 40 } },
  warnings: { words: "warnings of the", unit: "warnings", bound: { perHour: 60, noise: 20 } },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;

/** Something that is measured again and again: `memory` of `kubelet`, on a machine. */
export type Series = { readonly machine: string; readonly kind: KindName; readonly of: string };

/** etcd 3.3 keeps its last 100,000 writes in memory (--snapshot-count), and grows until there were so many. */
const memoryOfEtcd: GrowthLimit = { perHour: 400, noise: 150 };
/**
 * The garbage collector of 1.14 keeps all events in memory: it ignores those of the core group alone, and has the same ones as
 * events.k8s.io (pkg/controller/garbagecollector/graph_builder.go, ignoredResources; kubernetes#108318).
 */
const memoryOfControllers: GrowthLimit = { ...kinds.memory.bound, noise: 120 };

/** What the memory of a unit may grow by that grows with what it is asked for. */
const memory = new Map([
  ["etcd", memoryOfEtcd],
  ["kube-controller-manager", memoryOfControllers],
]);

/** What something that is measured may grow by. */
export const boundOf = ({ kind, of }: Omit<Series, "machine">): GrowthLimit =>
  (kind === "memory" ? memory.get(of) : undefined) ?? kinds[kind].bound;

const ofMaster = new Set(["etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager"]);

/** Everything that a soak measures, by machine. */
export const series: readonly Series[] = machines.flatMap(({ name: machine, role }) => {
  const isMaster = role === "master";
  const units = profile.units.filter((unit) => ofMaster.has(unit) === isMaster);
  const one = (kind: KindName, of: string): Series => ({ machine, kind, of });
  return [
    units.flatMap((unit) => [one("memory", unit), one("descriptors", unit)]),
    isMaster ? one("database", "etcd") : [],
    one("rules", "iptables"),
    isMaster ? [] : ["containers", "networks", "volumes"].map((of) => one("leftovers", of)),
    one("warnings", "kernel"),
  ].flat();
});

/** `memory of kubelet`. */
export const nameOf = ({ kind, of }: Omit<Series, "machine">): string => `${kinds[kind].words} ${of}`;
