import { z } from "zod";
import {
  appsPath,
  type Cluster,
  deploymentObject,
  eventually,
  GuideFailure,
  lacking,
  listOf,
  oncePer,
} from "../cluster/index.ts";
import { clocksOf, dockerEvents } from "./docker.ts";
import { hopsOf, type Way } from "./hops.ts";
import { followed, type Timeline, type WatchEvent } from "./timeline.ts";

/** Of the Deployment, its service in fixtures/manifests, and what is made of them. */
export const name = "rollout";
const deadline = 30_000;

const deploymentSchema = z.object({ metadata: z.object({ generation: z.number() }) });

const revisionKey = "deployment.kubernetes.io/revision";

const replicaSetSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.object({ app: z.string() }),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ replicas: z.number() }),
});

/** A ReplicaSet of the Deployment: how many pods it is to have, and the Deployment's revision that it is. */
export type Generation = { readonly name: string; readonly replicas: number; readonly revision: string };

/** Creates the Deployment as a person does, while its watches are followed; `look` reads off them how far it has come. */
export const begun = oncePer(async (cluster: Cluster) => {
  const { kubectl, workload } = cluster;
  await workload.created();
  const clocks = await clocksOf(cluster);
  const timeline = await followed(cluster, name);
  const askedAt = performance.now();
  // Without what the API says of itself, by which kubectl would look at it, too.
  await kubectl.run(`-n ${workload.namespace} create --validate=false -f -`, {
    stdin: JSON.stringify(deploymentObject(name, 1)),
  });
  let hops: Way["hops"] = [];
  const look = async (): Promise<Way> => {
    const told = timeline.told();
    let way = hopsOf({ askedAt, told, docker: [] });
    // As soon as the node is known, its Docker is asked, and no other.
    const clock = clocks.find(({ node }) => node.address === way.node);
    if (clock) {
      const docker = await dockerEvents(clock, workload.namespace);
      way = hopsOf({ askedAt, told, docker });
    }
    hops = way.hops;
    return way;
  };
  return { timeline, look, /** Those that were seen last. */ hops: () => hops };
});

/** Waits until the Deployment has its pod, and reads the hops off what the watches told. GuideFailure names the first that is missing. */
export const created = oncePer(async (cluster: Cluster) => {
  const { workload, etcd } = cluster;
  const { timeline, look } = await begun(cluster);
  try {
    await settled(cluster, timeline, 1);
  } catch (thrown) {
    throw await explained(thrown, look);
  }
  // Events are sent on their way, not waited for by whoever sends them; nobody promises an order of those of several parts.
  const way = await eventually(look, {
    describe: "the watches and Docker have told of the whole way",
    deadline: 10_000,
    until: ({ missing }) => missing === undefined,
    show: ({ missing = "" }) => missing,
  });
  const keys = await etcd.keys("/registry/");
  const stored = keys
    .filter(
      ({ key }) => key.includes(`/${workload.namespace}/${name}`) && !key.startsWith("/registry/events/"),
    )
    .map(({ key, created: revision }) => ({ key, revision }));
  return { timeline, stored, ...way };
});

/** A failure that begins with the hop that is missing, if one is and somebody says. */
async function explained(thrown: unknown, look: () => Promise<Way>): Promise<unknown> {
  if (!(thrown instanceof GuideFailure)) return thrown;
  try {
    const { missing } = await look();
    if (missing === undefined) return thrown;
    return new GuideFailure(`${missing}: ${thrown.message}`, { ...thrown.details, cause: thrown });
  } catch (unknown) {
    if (unknown instanceof GuideFailure) return thrown;
    throw unknown;
  }
}

/** Scales the Deployment to two pods and back, updates it and takes that back; what its ReplicaSets were after each. */
export const rolledOut = oncePer(async (cluster: Cluster) => {
  const { kubectl, workload } = cluster;
  const { timeline } = await created(cluster);
  const path = `${appsPath(cluster, "deployments")}/${name}`;
  const scale = (replicas: number) => () =>
    kubectl.replace(z.object({}), `${path}/scale`, {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name, namespace: workload.namespace },
      spec: { replicas },
    });
  const byKubectl = (args: string) => () => kubectl.run(`-n ${workload.namespace} ${args}`);
  const after = async (change: () => Promise<unknown>, replicas: number): Promise<Generation[]> => {
    await change();
    await settled(cluster, timeline, replicas);
    return generations(cluster);
  };
  const up = await after(scale(2), 2);
  const down = await after(scale(1), 1);
  const from = timeline.told().at(-1)?.object.metadata.resourceVersion ?? 0;
  const updated = await after(byKubectl(`set env deployment/${name} ROUND=2`), 1);
  const undone = await after(byKubectl(`rollout undo deployment/${name}`), 1);
  return { up, down, updated, undone, fewestReady: fewestReady(timeline.told(), from) };
});

/** Waits until the Deployment, as it is wanted by now, has so many pods of its newest revision, and no others. */
async function settled(cluster: Cluster, timeline: Timeline, replicas: number): Promise<void> {
  const path = `${appsPath(cluster, "deployments")}/${name}`;
  const { generation } = (await cluster.kubectl.get(deploymentSchema, path)).metadata;
  const told = async () => timeline.told().findLast(({ kind }) => kind === "Deployment")?.object.status;
  await eventually(told, {
    describe: `the Deployment ${name} has ${replicas} available pods of its newest revision, and no others`,
    deadline,
    interval: 50,
    until: (status) =>
      status?.observedGeneration !== undefined &&
      status.observedGeneration >= generation &&
      [status.replicas, status.updatedReplicas, status.availableReplicas].every(
        (count) => count === replicas,
      ),
    show: (status) =>
      status === undefined
        ? "the apiserver's watches have told nothing of it"
        : `${status.replicas ?? 0} pods, ${status.updatedReplicas ?? 0} of the newest revision, ${status.availableReplicas ?? 0} available`,
  });
}

async function generations(cluster: Cluster): Promise<Generation[]> {
  const query = `${appsPath(cluster, "replicasets")}?labelSelector=app%3D${name}`;
  const { items } = await cluster.kubectl.get(listOf(replicaSetSchema), query);
  return items
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      replicas: spec.replicas,
      revision: metadata.annotations[revisionKey] ?? "none",
    }))
    .toSorted((a, b) => Number(a.revision) - Number(b.revision));
}

/** The fewest pods that were ready at once since a revision. GuideFailure if nothing was told of pods since. */
export function fewestReady(told: readonly WatchEvent[], since: number): number {
  const ready = new Set<string>();
  let fewest = Infinity;
  for (const { kind, type, object } of told) {
    if (kind !== "Pod") continue;
    const { uid, resourceVersion } = object.metadata;
    const isReady =
      type !== "DELETED" &&
      object.metadata.deletionTimestamp === undefined &&
      object.status?.conditions.some((one) => one.type === "Ready" && one.status === "True");
    if (isReady) ready.add(uid);
    else ready.delete(uid);
    if (resourceVersion > since) fewest = Math.min(fewest, ready.size);
  }
  return Number.isFinite(fewest)
    ? fewest
    : lacking(`the apiserver's watches told of no pod since revision ${since}`);
}
