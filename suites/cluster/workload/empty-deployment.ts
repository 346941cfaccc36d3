import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import { listOf } from "../kubectl.ts";

type Where = Pick<Cluster, "kubectl" | "workload">;

const pathOf = ({ workload }: Where, what: "deployments" | "replicasets"): string =>
  `/apis/apps/v1/namespaces/${workload.namespace}/${what}`;

/** Creates a Deployment without pods among the suites' pods: what the controller-manager makes of it costs no node anything. */
export async function createEmptyDeployment(where: Where, name: string): Promise<void> {
  await where.kubectl.create(z.object({}), pathOf(where, "deployments"), {
    metadata: { name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "none", image: "guide-workload:1" }] },
      },
    },
  });
}

/** Deletes it, whether it is there or not. */
export const deleteDeployment = (where: Where, name: string): Promise<void> =>
  where.kubectl.delete(`${pathOf(where, "deployments")}/${name}`);

const replicaSet = z.object({
  metadata: z.object({
    name: z.string(),
    ownerReferences: z.array(z.object({ name: z.string() })).default([]),
  }),
});

/** Names of a Deployment's ReplicaSets. */
export async function replicaSetsOf(where: Where, name: string): Promise<string[]> {
  const { items } = await where.kubectl.get(listOf(replicaSet), pathOf(where, "replicasets"));
  const own = items.filter(({ metadata }) => metadata.ownerReferences.some((owner) => owner.name === name));
  return own.map(({ metadata }) => metadata.name);
}
