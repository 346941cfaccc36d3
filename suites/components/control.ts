import { z } from "zod";
import {
  type Cluster,
  createDeployment,
  listOf,
  oncePer,
  replicaSetsMade,
  replicaSetsOf,
  sh,
} from "../cluster/index.ts";
import { createPod, podOf, runningPod, schedulerHasPassed } from "./pods.ts";

const eventSchema = z.object({
  reason: z.string(),
  source: z.object({ component: z.string().default("") }).default({ component: "" }),
});

/** A pod of a scheduler that nobody is: before and after the suite has done that one's work. */
export const boundByHand = oncePer(async (cluster: Cluster) => {
  const { kubectl, workload } = cluster;
  const node = cluster.nodes.at(-1) ?? cluster.nodes[0];
  const name = "bound-by-hand";
  await createPod(cluster, name, { schedulerName: `${name}-scheduler` });
  await schedulerHasPassed(cluster, "fits-no-node");
  const waiting = await podOf(cluster, name);
  const pods = `/api/v1/namespaces/${workload.namespace}/pods`;
  await kubectl.create(z.object({}), `${pods}/${name}/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name },
    target: { apiVersion: "v1", kind: "Node", name: node.address },
  });
  const bound = await runningPod(cluster, name);
  const events = await kubectl.get(
    listOf(eventSchema),
    `/api/v1/namespaces/${workload.namespace}/events?fieldSelector=involvedObject.name%3D${name}`,
  );
  return { name, node, waiting, bound, events: events.items };
});

/** The replica sets of a Deployment without pods that is created while the controller-manager is stopped, then and after. */
export const deployedWithoutController = oncePer(async (cluster: Cluster) => {
  const { master, workload, etcd } = cluster;
  await workload.ready();
  const name = "without-controller";
  const { MainPID } = await master.unit("kube-controller-manager");
  const release = await master.freeze("kube-controller-manager");
  const whileStopped = async () => {
    try {
      const process = await master.succeed(sh`ps -o stat= -p ${MainPID}`);
      await createDeployment(cluster, name);
      // As long as another part takes to see an object and to act on it.
      await schedulerHasPassed(cluster, "fits-no-node-either");
      const keys = await etcd.stored(`/registry/deployments/${workload.namespace}/${name}`);
      const replicaSets = await replicaSetsOf(cluster, name);
      return { process: process.trim(), keys: keys.map(({ key }) => key), replicaSets };
    } finally {
      await release();
    }
  };
  const stopped = await whileStopped();
  const started = performance.now();
  const after = await replicaSetsMade(cluster, name, { deadline: 30_000, interval: 50 });
  return { name, stopped, after, took: Math.round(performance.now() - started) };
});
