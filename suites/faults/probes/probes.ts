import { z } from "zod";
import type { Cluster, SuiteMachine } from "../../cluster/index.ts";
import { subnetFollowed } from "../../flannel/follow.ts";
import { newPodOn, newReplicaSet, notReady, replaced, endpointsFollowed } from "./api-probes.ts";
import type { Counter } from "./counter.ts";
import type { LastSeenPods } from "../last-seen-pods.ts";
import type { Probe } from "../watch.ts";

/** What a user of the cluster notices, by name; of some things for each node. */
export const notices = {
  reads: "API reads",
  writes: "API writes",
  replicaSets: "a new Deployment gets its ReplicaSet",
  across: "pods of different nodes reach each other",
  newPods: (node: string) => `new pods run on ${node}`,
  pods: (node: string) => `pods of ${node} answer on it`,
  services: (node: string) => `Services answer pods of ${node}`,
  ready: (node: string) => `${node} is Ready`,
  kept: (node: string) => `pods of ${node} are not replaced`,
  endpoints: (node: string) => `${node} follows changed endpoints`,
  subnets: (node: string) => `${node} follows changed subnets`,
} as const;

/** Milliseconds: what is asked three times a second, and what takes its time. */
const quick = { late: 5000, interval: 300 };
const slow = { late: 5000, interval: 1000 };
/** The same of two changes. */
const twice = { late: 2 * slow.late, interval: slow.interval };
/** Requests that end by themselves, after a second or two. */
const limited = { late: 15_000, interval: 300 };
/** For how long flanneld is given to follow what changes in etcd. */
const follow = { deadline: 60_000, interval: 200 };
/** What a part of the cluster says of it, not how soon. */
const state = { late: Infinity, interval: 500 };

/**
 * All that is looked at during a fault. Whether endpoints and subnets are followed is looked at on one node.
 */
export function probesOf(
  cluster: Cluster,
  {
    lastSeen,
    counter,
    node,
    subnets,
  }: { lastSeen: LastSeenPods; counter: Counter; node: SuiteMachine; subnets: boolean },
): Probe[] {
  const { kubectl, nodes, workload } = cluster;
  const namespace = `/api/v1/namespaces/${workload.namespace}`;
  return [
    {
      name: notices.reads,
      ...quick,
      async ask() {
        await kubectl.get(z.object({}), namespace);
        await lastSeen.look();
        return "";
      },
    },
    { name: notices.writes, ...quick, ask: () => counter.write().then(() => "") },
    { name: notices.replicaSets, ...slow, ask: () => newReplicaSet(cluster) },
    { name: notices.across, ...limited, ask: () => lastSeen.lostAcross() },
    { name: notices.endpoints(node.name), ...twice, ask: endpointsFollowed(cluster, lastSeen, node) },
    ...(subnets
      ? [
          {
            name: notices.subnets(node.name),
            ...slow,
            ask: () => subnetFollowed(cluster, [node], follow).then(() => ""),
          },
        ]
      : []),
    ...nodes.flatMap((one): Probe[] => {
      const { name } = one;
      const pods = lastSeen.on(one);
      return [
        { name: notices.newPods(name), late: 10_000, interval: 3000, ask: () => newPodOn(cluster, one) },
        { name: notices.pods(name), ...limited, ask: () => lastSeen.silentOn(one) },
        {
          name: notices.services(name),
          ...limited,
          ask: () => lastSeen.unansweredFrom(one),
        },
        { name: notices.ready(name), ...state, ask: () => notReady(cluster, one) },
        { name: notices.kept(name), ...state, ask: () => replaced(cluster, pods) },
      ];
    }),
  ];
}
