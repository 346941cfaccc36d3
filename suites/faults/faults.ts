import { machines } from "../cluster/index.ts";
import type { Expected } from "./outages.ts";
import {
  anew,
  blink,
  each,
  type Expectations,
  first,
  last,
  masterAway,
  may,
  must,
  names,
  nodeAway,
  others,
  own,
  repeated,
  unready,
  withoutApi,
  withoutControllers,
  withoutPods,
  withoutScheduler,
} from "./expected.ts";
import { notices } from "./probes/probes.ts";
import {
  cutOff,
  frozen,
  killed,
  poweredOff,
  rebooted,
  restarted,
  stopped,
  type Injection,
} from "./injections.ts";

export type Fault = {
  /** What is taken away, and how: `etcd of the master killed`. */
  readonly name: string;
  readonly inject: Injection;
  /** Whether it takes a switch. */
  readonly power?: true;
  /** Milliseconds for which it lasts; until that is broken, if there is a name. */
  readonly lasts: number;
  readonly until?: string | undefined;
  /** Units that have to be started at the very end, whatever came of it, and where. */
  readonly units: readonly string[];
  readonly machine: string;
  /** The node on which changes of endpoints are followed, and whether changes of subnets are looked at, too. */
  readonly looksAt: string;
  readonly subnets: boolean;
  /** Whether TCP repeats what stood on its connections: to nodes at which nobody looks, too, and as late as to the others. */
  readonly repeats?: true;
  /** By what a user notices. */
  readonly expected: Readonly<Record<string, Expected>>;
};

/** A unit, where it is, and what is to be expected of it in each case. */
type Part = {
  readonly unit: string;
  readonly machine: string;
  readonly subnets?: true;
  /** What is stopped with it. */
  readonly with?: readonly string[];
  /** Killed or restarted. */
  readonly brief: Expectations;
  readonly frozen: Expectations;
  readonly stopped: Expectations;
};

const control = (unit: string, brief: Expectations, away = brief): Part => ({
  unit,
  machine: own,
  brief,
  frozen: away,
  stopped: away,
});

const parts: readonly Part[] = [
  control("etcd", blink, withoutApi),
  control("kube-apiserver", blink, withoutApi),
  control("kube-scheduler", withoutScheduler),
  control("kube-controller-manager", withoutControllers),
  {
    unit: "docker",
    machine: first,
    with: ["kubelet"],
    brief: { ...withoutPods(first, anew), [notices.endpoints(first)]: may(anew) },
    frozen: { [notices.newPods(first)]: must(15, 60) },
    stopped: {
      ...withoutPods(first, anew),
      [notices.endpoints(first)]: may(anew),
      [notices.newPods(first)]: must(15, anew),
      [notices.ready(first)]: { breaks: [30, 65], back: anew },
    },
  },
  {
    unit: "kubelet",
    machine: first,
    brief: { [notices.newPods(first)]: may(30), [notices.ready(first)]: may(30) },
    frozen: { [notices.newPods(first)]: must(15, 40) },
    stopped: {
      [notices.newPods(first)]: must(15, 60),
      [notices.ready(first)]: { breaks: unready, back: 30 },
    },
  },
  {
    unit: "kube-proxy",
    machine: first,
    brief: { [notices.endpoints(first)]: may(20) },
    frozen: { [notices.endpoints(first)]: must(12, 20) },
    stopped: { [notices.endpoints(first)]: must(12, 20) },
  },
  {
    unit: "flanneld",
    machine: first,
    subnets: true,
    brief: { [notices.subnets(first)]: may(20) },
    frozen: { [notices.subnets(first)]: must(8, 30) },
    stopped: { [notices.subnets(first)]: must(8, 30) },
  },
];

/** Milliseconds. */
const lasts = { brief: 0, frozen: 20_000, away: 60_000, longest: 400_000 };

const units = (
  how: string,
  inject: (machine: string, unit: string, all: string) => Injection,
  expected: "brief" | "frozen" | "stopped",
  milliseconds: number,
): Fault[] =>
  parts.map((part) => {
    const { unit, machine, subnets = false } = part;
    const all = [unit, ...(part.with ?? [])];
    return {
      name: `${unit} of ${machine} ${how}`,
      inject: inject(machine, unit, all.join(" ")),
      lasts: milliseconds,
      units: all,
      machine,
      looksAt: first,
      subnets,
      expected: part[expected],
    };
  });

const machineFaults = (how: string, inject: (name: string) => Injection, milliseconds: number): Fault[] =>
  machines.map(({ name, role }) => {
    const looksAt = others(name)[0] ?? first;
    const shortly: Expectations = {
      ...withoutPods(name, anew),
      [notices.pods(name)]: must(8, anew),
    };
    const away: Expectations = { ...nodeAway(name, anew), [notices.pods(name)]: must(8, anew) };
    return {
      name: `${name} ${how}`,
      inject: inject(name),
      ...(how !== "rebooted" && { power: true as const }),
      lasts: milliseconds,
      units: [],
      machine: name,
      looksAt,
      subnets: false,
      expected: role === "master" ? masterAway(looksAt) : milliseconds === 0 ? shortly : away,
    };
  });

const linkFaults: Fault[] = machines.map(({ name, role }) => {
  const looksAt = role === "master" ? first : name;
  const longest = name === last;
  const cut = { [notices.endpoints(looksAt)]: must(12, repeated) };
  const ofMaster: Expectations = {
    ...cut,
    ...each(names, notices.newPods, must(15, repeated)),
    ...each(names, notices.ready, { breaks: unready, back: repeated }),
    // The nodes are told what had become of them before they are told that they are Ready.
    ...each(names, notices.services, { ...may(repeated), afterwards: true }),
  };
  const ofNode: Expectations = { ...cut, ...nodeAway(name, repeated) };
  const replacing: Expectations = {
    [notices.kept(name)]: { breaks: [325, 370], back: Infinity },
    [notices.pods(name)]: may(repeated),
  };
  return {
    name: `${name} cut off${longest ? " until its pods are replaced" : ""}`,
    inject: cutOff(name),
    lasts: longest ? lasts.longest : lasts.away,
    until: longest ? notices.kept(name) : undefined,
    units: [],
    machine: name,
    looksAt,
    subnets: false,
    repeats: true,
    expected: role === "master" ? ofMaster : { ...ofNode, ...(longest && replacing) },
  };
});

/** Each part in each way, then each machine, then each link: what is over soon comes first. */
export const faults: readonly Fault[] = [
  ...units("killed", killed, "brief", lasts.brief),
  ...units("restarted", restarted, "brief", lasts.brief),
  ...units("frozen for 20 s", frozen, "frozen", lasts.frozen),
  ...units("stopped for 60 s", stopped, "stopped", lasts.away),
  ...machineFaults("without power for a moment", poweredOff, lasts.brief),
  ...machineFaults("rebooted", rebooted, lasts.brief),
  ...machineFaults("without power for 60 s", poweredOff, lasts.away),
  ...linkFaults,
];
