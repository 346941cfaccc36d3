import { expect, test } from "vitest";
import { type Cluster, GuideFailure } from "../../cluster/index.ts";
import { churnOf } from "../../soak/churn.ts";
import { newPodOn, newReplicaSet } from "./api-probes.ts";
import { machineOf } from "../../cluster/testing.ts";

/** An API that may be away: then what is asked for is made though nobody is told so, and nothing is deleted. */
function given() {
  const made = new Set<string>();
  const api = { isAway: true };
  const kubectl = {
    create: async (_: unknown, path: string, { metadata }: { metadata: { name: string } }) => {
      made.add(`${path}/${metadata.name}`);
      if (api.isAway) throw new GuideFailure("an answer has not come");
    },
    get: async (_: unknown, path: string) => ({
      metadata: { name: "own", uid: "own" },
      spec: { replicas: 2 },
      status: {
        phase: "Running",
        conditions: [],
        containerStatuses: [{ state: { running: {} } }],
        availableReplicas: 2,
      },
      items: [...made].map((one) => ({
        metadata: { name: path, ownerReferences: [{ name: one.split("/").at(-1) }] },
      })),
    }),
    delete: async (path: string) => {
      if (api.isAway) throw new GuideFailure("an answer has not come");
      made.delete(path);
    },
  };
  const workload = { namespace: "suites", ready: async () => undefined };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return { made, api, cluster: { kubectl, workload, nodes: [1, 2] } as unknown as Cluster };
}

test.each([
  [
    "pod",
    (cluster: Cluster) => () =>
      newPodOn(
        cluster,
        machineOf(() => undefined),
      ),
  ],
  ["Deployment", (cluster: Cluster) => () => newReplicaSet(cluster)],
  ["Deployment with pods", (cluster: Cluster) => churnOf(cluster).probe.ask],
])("a %s that nobody could delete while the API was away is deleted by the next look", async (_, lookOf) => {
  const { made, api, cluster } = given();
  const look = lookOf(cluster);
  await expect(look()).rejects.toThrow("an answer has not come");
  expect(made.size).toBe(1);
  api.isAway = false;
  await look();
  expect([...made]).toEqual([]);
});
