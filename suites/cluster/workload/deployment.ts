import { z } from "zod";
import type { Cluster } from "../cluster.ts";
import { listOf } from "../kubectl.ts";
import { eventually } from "../waits/eventually.ts";
import { deploymentSchema } from "./progress.ts";

type Where = Pick<Cluster, "kubectl" | "workload">;

/** Where the API has the Deployments, or the ReplicaSets, among the suites' pods. */
export const appsPath = (
  { workload }: Pick<Cluster, "workload">,
  what: "deployments" | "replicasets",
): string => `/apis/apps/v1/namespaces/${workload.namespace}/${what}`;

/** A Deployment of the suites' image; its pods have the label `app` with its name. */
export const deploymentObject = (name: string, replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
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

/**
 * Creates a Deployment among the suites' pods; one without pods unless told: what the controller-manager makes of that costs no
 * node anything.
 */
export async function createDeployment(where: Where, name: string, replicas = 0): Promise<void> {
  await where.kubectl.create(z.object({}), appsPath(where, "deployments"), deploymentObject(name, replicas));
}

/** How many of its pods are available. */
export const availableOf = async (where: Where, name: string): Promise<number> =>
  (await where.kubectl.get(deploymentSchema, `${appsPath(where, "deployments")}/${name}`)).status
    .availableReplicas;

const replicaSet = z.object({
  metadata: z.object({
    name: z.string(),
    ownerReferences: z.array(z.object({ name: z.string() })).default([]),
  }),
});

/** Names of a Deployment's ReplicaSets. */
export async function replicaSetsOf(where: Where, name: string): Promise<string[]> {
  const { items } = await where.kubectl.get(listOf(replicaSet), appsPath(where, "replicasets"));
  const own = items.filter(({ metadata }) => metadata.ownerReferences.some((owner) => owner.name === name));
  return own.map(({ metadata }) => metadata.name);
}

/** Waits until a Deployment has a ReplicaSet, which the controller-manager makes; gives their names. */
export const replicaSetsMade = (
  where: Where,
  name: string,
  limits: { readonly deadline: number; readonly interval: number },
): Promise<string[]> =>
  eventually(() => replicaSetsOf(where, name), {
    ...limits,
    describe: `the Deployment ${name} has a ReplicaSet`,
    until: (found) => found.length > 0,
    show: (found) => `${found.length} ReplicaSets`,
  });
