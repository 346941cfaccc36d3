import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import { listOf } from "../kubectl.ts";
import { deploymentSchema } from "./progress.ts";

type Where = Pick<Cluster, "kubectl" | "workload">;

const pathOf = ({ workload }: Where, what: "deployments" | "replicasets"): string =>
  `/apis/apps/v1/namespaces/${workload.namespace}/${what}`;

/**
 * Creates a Deployment among the suites' pods; one without pods unless told: what the controller-manager makes of that costs no
 * node anything.
 */
export async function createDeployment(where: Where, name: string, replicas = 0): Promise<void> {
  await where.kubectl.create(z.object({}), pathOf(where, "deployments"), {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1,
          automountServiceAccountToken: false,
          containers: [{ name: "own", image: "guide-workload:1", imagePullPolicy: "IfNotPresent" }],
        },
      },
    },
  });
}

/** How many of its pods are available. */
export const availableOf = async (where: Where, name: string): Promise<number> =>
  (await where.kubectl.get(deploymentSchema, `${pathOf(where, "deployments")}/${name}`)).status
    .availableReplicas;

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
