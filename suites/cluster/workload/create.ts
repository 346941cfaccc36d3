import { z } from "zod";
import { GuideFailure } from "../../../harness/cluster.ts";
import type { Etcd } from "../etcd.ts";
import { type Kubectl, listOf } from "../kubectl.ts";
import { flannel, profile } from "../run.ts";
import { ownLabel, workloadObjects } from "./manifest.ts";
import { freeServiceAddresses, isIn } from "./service-addresses.ts";

const namespaceSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
});

const addressSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ clusterIP: z.string().optional() }),
});

/**
 * Creates the workload for so many nodes in a namespace of its own, and deletes what earlier runs have left; waits for
 * neither. GuideFailure if kubectl fails.
 */
export async function createWorkload(
  namespace: string,
  kubectl: Kubectl,
  etcd: Etcd,
  nodes: number,
): Promise<void> {
  const [leases, namespaces, services] = await Promise.all([
    leasesIn(etcd),
    kubectl.get(listOf(namespaceSchema), "/api/v1/namespaces"),
    kubectl.get(listOf(addressSchema), "/api/v1/services"),
  ]);
  // One that is going already must be left alone: the apiserver of 1.14 answers "Conflict".
  const leftovers = namespaces.items.filter(
    ({ metadata: { labels, deletionTimestamp } }) =>
      labels?.[ownLabel.key] === ownLabel.value && deletionTimestamp === undefined,
  );
  if (leftovers.length > 0) {
    const names = leftovers.map(({ metadata }) => metadata.name).join(" ");
    await kubectl.run(`delete namespace ${names} --wait=false`);
  }
  const used = services.items.flatMap(({ spec }) => spec.clusterIP ?? []);
  const range = profile.networks.services;
  // Another range than the guide's is for the apiserver's own suite to say.
  const isOwnRange = services.items.some(
    ({ metadata, spec }) => metadata.name === "kubernetes" && isIn(range, spec.clusterIP ?? ""),
  );
  const list = await workloadObjects(namespace, nodes, (count) =>
    isOwnRange ? freeServiceAddresses(count, range, leases, used) : undefined,
  );
  const stdin = JSON.stringify(list);
  try {
    await kubectl.run("create --validate=false -f -", { stdin });
  } catch (thrown) {
    if (!(thrown instanceof GuideFailure && isDraining.test(thrown.message))) throw thrown;
    await kubectl.run("apply --validate=false -f -", { stdin });
  }
}

/**
 * What the apiserver says of the first request over a connection to an etcd that has come back, such as after a suite has crashed
 * it: gRPC ends that connection, and whoever asks again is answered over a new one.
 */
const isDraining = /code = Unavailable desc = (?:the connection is draining|transport is closing)/;

/** Leased subnets; none if flannel has none yet, which is for its own suite to say. */
async function leasesIn(etcd: Etcd): Promise<string[]> {
  try {
    const leases = await etcd.folder(`${flannel.registry}/subnets`);
    return leases.map(({ key }) => key.slice(key.lastIndexOf("/") + 1).replace("-", "/"));
  } catch (thrown) {
    if (thrown instanceof GuideFailure) return [];
    throw thrown;
  }
}
