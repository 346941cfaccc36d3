import { z } from "zod";
import {
  appsPath,
  type Cluster,
  createDeployment,
  eventually,
  listOf,
  type Pod,
  replicaSetsMade,
  sh,
  slowness,
  type SuiteMachine,
} from "../../cluster/index.ts";
import { createPod, runningPod } from "../../components/pods.ts";
import { readyNodes } from "../../reboot/essentials.ts";
import { Counter } from "./counter.ts";
import type { LastSeenPods } from "../last-seen-pods.ts";
import { tidy } from "./tidy.ts";

const countSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.object({ count: z.coerce.number() }),
});
const keptIn = ({ metadata, data }: z.infer<typeof countSchema>) => ({
  count: data.count,
  version: metadata.resourceVersion,
});

/** A counter in a ConfigMap, which the apiserver has etcd keep. */
export async function counterIn({ kubectl, workload }: Cluster): Promise<Counter> {
  const all = `/api/v1/namespaces/${workload.namespace}/configmaps`;
  const name = `counter-${Date.now().toString(36)}`;
  const begun = await kubectl.create(countSchema, all, { metadata: { name }, data: { count: "0" } });
  return new Counter(
    {
      read: async () => keptIn(await kubectl.get(countSchema, `${all}/${name}`)),
      write: async ({ count, version }) =>
        keptIn(
          await kubectl.replace(countSchema, `${all}/${name}`, {
            metadata: { name, resourceVersion: version },
            data: { count: String(count) },
          }),
        ),
    },
    keptIn(begun),
  );
}

let made = 0;
const another = (what: string): string => `${what}-${(made += 1)}`;

/** Milliseconds after which a pod that does not run is given up, and another one asked for. */
const givenUp = 60_000;

/** A pod is created for a node by its label, runs, and is deleted. */
export async function newPodOn(cluster: Cluster, node: SuiteMachine): Promise<string> {
  const name = another(`new-on-${node.name}`);
  try {
    await createPod(cluster, name, { nodeSelector: { "kubernetes.io/hostname": node.address } });
    await runningPod(cluster, name, { deadline: givenUp, interval: 250 });
    return "";
  } finally {
    await tidy(cluster, `/api/v1/namespaces/${cluster.workload.namespace}/pods/${name}`);
  }
}

/** A Deployment without pods is created, gets its ReplicaSet, and is deleted. */
export async function newReplicaSet(cluster: Cluster): Promise<string> {
  const name = another("new-deployment");
  try {
    await createDeployment(cluster, name);
    await replicaSetsMade(cluster, name, { deadline: givenUp, interval: 250 });
    return "";
  } finally {
    await tidy(cluster, `${appsPath(cluster, "deployments")}/${name}`);
  }
}

/** Whether a node is Ready; undefined while nobody says. */
export async function notReady(cluster: Cluster, node: SuiteMachine): Promise<string | undefined> {
  const ready = await readyNodes(cluster).catch(() => undefined);
  return ready && (ready.includes(node.address) ? "" : `${node.name} is not Ready`);
}

const podSchema = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
});

/** Which of some pods are gone or being deleted; undefined while nobody says. */
export async function replaced(
  { kubectl, workload }: Cluster,
  pods: readonly Pod[],
): Promise<string | undefined> {
  const all = await kubectl
    .get(listOf(podSchema), `/api/v1/namespaces/${workload.namespace}/pods`)
    .catch(() => undefined);
  const kept = all?.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const gone = pods.filter(({ name }) => !kept?.some(({ metadata }) => metadata.name === name));
  return kept && gone.map(({ name }) => `${name} was replaced`).join(", ");
}

/**
 * Puts one pod of a node and then another one behind a service, or nobody if there is no other, and looks whether the node follows
 * both: one alone may be as it was before.
 */
export function endpointsFollowed(
  { kubectl, workload }: Cluster,
  lastSeen: LastSeenPods,
  node: SuiteMachine,
): () => Promise<string> {
  const name = "changing";
  const endpoints = `/api/v1/namespaces/${workload.namespace}/endpoints/${name}`;
  const follows = async (pod?: Pod): Promise<void> => {
    const { ip, port } = lastSeen.changing;
    const ask = sh`curl -s --max-time ${2 * slowness} http://${ip}:${port}/`;
    const subsets = pod ? [{ addresses: [{ ip: pod.ip }], ports: [{ port: 8080 }] }] : [];
    await kubectl.replace(z.object({}), endpoints, { metadata: { name }, subsets });
    await eventually(async () => (await node.run(ask)).stdout.trim(), {
      describe: `${node.name} leads to ${pod?.name ?? "nobody"}`,
      // The pod may be gone by now: another one is tried.
      deadline: 5000,
      interval: 200,
      until: (answer) => answer === (pod?.name ?? ""),
    });
  };
  return async () => {
    const [one = lastSeen.client(node), other] = lastSeen.on(node);
    await follows(one);
    await follows(other);
    return "";
  };
}
