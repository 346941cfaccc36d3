import { machines, nodes } from "../cluster/index.ts";
import type { Expected } from "./outages.ts";
import { notices } from "./probes/probes.ts";

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
export const leader = 30;
/** Until pods run again whose containers, or whose machine, have to begin anew. */
export const anew = 90;
/** Until what waits for TCP has come. */
export const repeated = 130;
/** When a node that is away is not Ready any more. */
export const unready = [30, 52] as const;

export type Expectations = Record<string, Expected>;

/** It may break, and is back by then. */
export const may = (back: number): Expected => ({ back });
/** It breaks by then, and is back. */
export const must = (latest: number, back: number): Expected => ({ breaks: [0, latest], back });

const [master] = machines.filter(({ role }) => role === "master").map(({ name }) => name);
export const own = master ?? "";
export const names = nodes.map(({ name }) => name);
export const [first = ""] = names;
export const last = names.at(-1) ?? first;
export const others = (name: string): string[] => names.filter((other) => other !== name);

export const each = (
  all: readonly string[],
  notice: (name: string) => string,
  expected: Expected,
): Expectations => Object.fromEntries(all.map((name) => [notice(name), expected]));

/** What is said of the API where etcd or the apiserver does not answer: everything that goes through it waits. */
export const withoutApi: Expectations = {
  [notices.reads]: must(6, leader),
  [notices.writes]: must(6, leader),
  [notices.replicaSets]: must(12, 2 * leader),
  [notices.endpoints(first)]: must(12, leader),
  ...each(names, notices.newPods, must(15, 2 * leader)),
  // The controller-manager looks at nodes whose leases could not be renewed, unless it begins anew itself.
  ...each(names, notices.ready, may(60)),
};
/** Where they come back by themselves at once; by then, leaders that could not renew have ended themselves. */
export const blink: Expectations = {
  [notices.reads]: may(15),
  [notices.writes]: may(15),
  [notices.replicaSets]: may(15 + leader),
  [notices.endpoints(first)]: may(15),
  ...each(names, notices.newPods, may(15 + leader)),
};
export const withoutScheduler = each(names, notices.newPods, must(15, leader));
export const withoutControllers = { [notices.replicaSets]: must(8, leader) };
export const withoutPods = (name: string, back: number): Expectations => ({
  [notices.pods(name)]: must(25, back),
  [notices.services(name)]: must(25, back),
  [notices.across]: must(25, back),
  ...each(others(name), notices.services, may(back)),
  [notices.newPods(name)]: may(back),
  [notices.ready(name)]: may(back),
});

/** A node that nobody hears of; what of its pods can be seen on itself is told elsewhere. */
export const nodeAway = (name: string, back: number): Expectations => ({
  [notices.across]: must(8, back),
  [notices.services(name)]: must(8, back),
  // Until its pods are taken out of Services.
  ...each(others(name), notices.services, { breaks: [0, 8], back, mended: 60 }),
  [notices.newPods(name)]: must(15, back),
  [notices.ready(name)]: { breaks: unready, back },
});

/**
 * The same by the nodes of the backends: where that node has none, the Services of others may break, and need not; where it has
 * all, they are not mended while it is away.
 */
export function placed(expected: Expectations, node: string, backends: readonly string[]): Expectations {
  const services = new Set(others(node).map(notices.services));
  const hasBackend = backends.includes(node);
  const isMended = backends.some((name) => name !== node);
  return Object.fromEntries(
    Object.entries(expected).map(([what, { breaks, mended, ...rest }]) => [
      what,
      {
        ...rest,
        ...(breaks && (hasBackend || !services.has(what)) && { breaks }),
        ...(mended !== undefined && (isMended || !services.has(what)) && { mended }),
      },
    ]),
  );
}

/** The master's machine is away or comes back: what nodes have goes on, what they are told does not come. */
export const masterAway = (looksAt: string): Expectations => ({
  ...withoutApi,
  [notices.endpoints(looksAt)]: must(12, anew),
  [notices.reads]: must(6, anew),
  [notices.writes]: must(6, anew),
  [notices.replicaSets]: must(12, anew + leader),
  ...each(names, notices.newPods, must(15, anew + leader)),
  ...each(names, notices.ready, may(anew)),
});
