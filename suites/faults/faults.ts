import { machines, nodes } from "../cluster/index.ts";
import type { Expected } from "./course.ts";
import { notices } from "./probes/probes.ts";
import { cutOff, frozen, killed, poweredOff, rebooted, restarted, stopped, type Strike } from "./strikes.ts";

/*
 * What is taken away from a running cluster, and what Kubernetes 1.14 promises of it. What is not named has to go on all the while.
 * Figures are seconds, and come from:
 * - leader election (client-go, tools/leaderelection): who begins anew waits for the lease of the one before, 15 s, and asks every 2 s;
 *   a leader that cannot renew for 10 s ends itself;
 * - the node lifecycle controller: a node is not Ready 40 s after the last lease, which its kubelet renews every 10 s, and is looked at
 *   every 5 s (--node-monitor-grace-period, --node-monitor-period); its pods are then taken out of Services;
 * - taints (TaintBasedEvictions): pods of a node that is away are replaced 300 s after that (DefaultTolerationSeconds);
 * - TCP (RFC 6298): what stood on a connection through a cut link comes with the next repetition, which is due as long again as the
 *   cut lasted, and at most 120 s later.
 */

/** Until a part that has to become leader does its work. */
const leader = 30;
/** Until pods run again whose containers, or whose machine, have to begin anew. */
const anew = 90;
/** Until what waits for TCP has come. */
const repeated = 130;
/** When a node that is away is not Ready any more. */
const unready = [30, 52] as const;

export type Fault = {
  /** What is taken away, and how: `etcd of the master killed`. */
  readonly name: string;
  readonly strike: Strike;
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
  /** By what a user notices. */
  readonly expected: Readonly<Record<string, Expected>>;
};

type Expectations = Record<string, Expected>;

/** It may break, and is back by then. */
const may = (back: number): Expected => ({ back });
/** It breaks by then, and is back. */
const must = (latest: number, back: number): Expected => ({ breaks: [0, latest], back });

const [master] = machines.filter(({ role }) => role === "master").map(({ name }) => name);
const own = master ?? "";
const names = nodes.map(({ name }) => name);
const [first = ""] = names;
const last = names.at(-1) ?? first;
const others = (name: string): string[] => names.filter((other) => other !== name);

const each = (all: readonly string[], notice: (name: string) => string, expected: Expected): Expectations =>
  Object.fromEntries(all.map((name) => [notice(name), expected]));

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

/** What is said of the API where etcd or the apiserver does not answer: everything that goes through it waits. */
const withoutApi: Expectations = {
  [notices.reads]: must(5, leader),
  [notices.writes]: must(5, leader),
  [notices.replicaSets]: must(12, 2 * leader),
  [notices.turning(first)]: must(12, leader),
  ...each(names, notices.newPods, must(15, 2 * leader)),
  // The controller-manager looks at nodes whose leases could not be renewed, unless it begins anew itself.
  ...each(names, notices.ready, may(60)),
};
/** Where they come back by themselves at once. */
const blink: Expectations = {
  [notices.reads]: may(15),
  [notices.writes]: may(15),
  [notices.replicaSets]: may(leader),
  [notices.turning(first)]: may(15),
  ...each(names, notices.newPods, may(leader)),
};
const withoutScheduler = each(names, notices.newPods, must(8, leader));
const withoutControllers = { [notices.replicaSets]: must(8, leader) };
const withoutPods = (name: string, back: number): Expectations => ({
  [notices.pods(name)]: must(25, back),
  [notices.services(name)]: must(25, back),
  [notices.across]: must(25, back),
  ...each(others(name), notices.services, may(back)),
  [notices.newPods(name)]: may(back),
  [notices.ready(name)]: may(back),
});

const parts: readonly Part[] = [
  { unit: "etcd", machine: own, brief: blink, frozen: withoutApi, stopped: withoutApi },
  { unit: "kube-apiserver", machine: own, brief: blink, frozen: withoutApi, stopped: withoutApi },
  {
    unit: "kube-scheduler",
    machine: own,
    brief: withoutScheduler,
    frozen: withoutScheduler,
    stopped: withoutScheduler,
  },
  {
    unit: "kube-controller-manager",
    machine: own,
    brief: withoutControllers,
    frozen: withoutControllers,
    stopped: withoutControllers,
  },
  {
    unit: "docker",
    machine: first,
    with: ["kubelet"],
    brief: { ...withoutPods(first, anew), [notices.turning(first)]: may(anew) },
    frozen: { [notices.newPods(first)]: must(8, 60) },
    stopped: {
      ...withoutPods(first, anew),
      [notices.turning(first)]: may(anew),
      [notices.newPods(first)]: must(15, anew),
      [notices.ready(first)]: { breaks: [30, 65], back: anew },
    },
  },
  {
    unit: "kubelet",
    machine: first,
    brief: { [notices.newPods(first)]: may(30), [notices.ready(first)]: may(30) },
    frozen: { [notices.newPods(first)]: must(8, 40) },
    stopped: {
      [notices.newPods(first)]: must(8, 60),
      [notices.ready(first)]: { breaks: unready, back: 30 },
    },
  },
  {
    unit: "kube-proxy",
    machine: first,
    brief: { [notices.turning(first)]: may(20) },
    frozen: { [notices.turning(first)]: must(8, 20) },
    stopped: { [notices.turning(first)]: must(8, 20) },
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
  strike: (part: Part) => Strike,
  expected: (part: Part) => Expectations,
  milliseconds: number,
): Fault[] =>
  parts.map((part) => ({
    name: `${part.unit} of ${part.machine} ${how}`,
    strike: strike(part),
    lasts: milliseconds,
    units: [part.unit, ...(part.with ?? [])],
    machine: part.machine,
    looksAt: first,
    subnets: part.subnets ?? false,
    expected: expected(part),
  }));

/** A node that nobody hears of; what of its pods can be seen on itself is told elsewhere. */
const nodeAway = (name: string, back: number): Expectations => ({
  [notices.across]: must(8, back),
  [notices.services(name)]: must(8, back),
  // Until its pods are taken out of Services.
  ...each(others(name), notices.services, { breaks: [0, 8], back, mended: 60 }),
  [notices.newPods(name)]: must(15, back),
  [notices.ready(name)]: { breaks: unready, back },
});

/** The master's machine is away or comes back: what nodes have goes on, what they are told does not come. */
const masterAway = (looksAt: string): Expectations => ({
  ...withoutApi,
  [notices.turning(looksAt)]: must(12, anew),
  [notices.reads]: must(5, anew),
  [notices.writes]: must(5, anew),
  [notices.replicaSets]: must(12, anew),
  ...each(names, notices.newPods, must(15, anew)),
  ...each(names, notices.ready, may(anew)),
});

const machineFaults = (how: string, strike: (name: string) => Strike, milliseconds: number): Fault[] =>
  machines.map(({ name, role }) => {
    const looksAt = others(name)[0] ?? first;
    const shortly: Expectations = {
      ...withoutPods(name, anew),
      [notices.pods(name)]: must(8, anew),
    };
    const away: Expectations = { ...nodeAway(name, anew), [notices.pods(name)]: must(8, anew) };
    return {
      name: `${name} ${how}`,
      strike: strike(name),
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
  const cut = { [notices.turning(looksAt)]: must(12, repeated) };
  const ofMaster: Expectations = {
    ...cut,
    ...each(names, notices.newPods, must(15, repeated)),
    ...each(names, notices.ready, { breaks: unready, back: 60 }),
    // The nodes are told what had become of them before they are told that they are Ready.
    ...each(names, notices.services, may(repeated)),
  };
  const ofNode: Expectations = { ...cut, ...nodeAway(name, repeated) };
  const replacing: Expectations = {
    [notices.kept(name)]: { breaks: [325, 370], back: Infinity },
    [notices.pods(name)]: may(repeated),
  };
  return {
    name: `${name} cut off${longest ? " until its pods are replaced" : ""}`,
    strike: cutOff(name),
    lasts: longest ? lasts.longest : lasts.away,
    until: longest ? notices.kept(name) : undefined,
    units: [],
    machine: name,
    looksAt,
    subnets: false,
    expected: role === "master" ? ofMaster : { ...ofNode, ...(longest && replacing) },
  };
});

/** Each part in each way, then each machine, then each link: what is over soon comes first. */
export const faults: readonly Fault[] = [
  ...units(
    "killed",
    ({ machine, unit }) => killed(machine, unit),
    ({ brief }) => brief,
    lasts.brief,
  ),
  ...units(
    "restarted",
    ({ machine, unit }) => restarted(machine, unit),
    ({ brief }) => brief,
    lasts.brief,
  ),
  ...units(
    "frozen for 20 s",
    ({ machine, unit }) => frozen(machine, unit),
    (part) => part.frozen,
    lasts.frozen,
  ),
  ...units(
    "stopped for 60 s",
    ({ machine, unit, with: more = [] }) => stopped(machine, unit, [unit, ...more].join(" ")),
    (part) => part.stopped,
    lasts.away,
  ),
  ...machineFaults("without power for a moment", poweredOff, lasts.brief),
  ...machineFaults("rebooted", rebooted, lasts.brief),
  ...machineFaults("without power for 60 s", poweredOff, lasts.away),
  ...linkFaults,
];
