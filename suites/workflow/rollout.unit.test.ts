import { expect, test, vi } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { begun, created } from "./rollout.ts";

const node = "192.0.2.2";
const [deployment, replicaSet, pod] = ["rollout", "rollout-1", "rollout-1-a"];

const owned = (by: string) => ({ ownerReferences: [{ uid: `uid of ${by}`, controller: true }] });
const change = (name: string, resourceVersion: number, more: object = {}, metadata: object = {}) => ({
  at: 1000 + resourceVersion,
  type: "ADDED",
  object: {
    metadata: {
      name,
      uid: `uid of ${name}`,
      resourceVersion,
      annotations: {},
      ownerReferences: [],
      ...metadata,
    },
    ...more,
  },
});
const event = (of: string, reason: string, component: string, resourceVersion: number) =>
  change(`${of}.${resourceVersion}`, resourceVersion, {
    reason,
    involvedObject: { name: of },
    source: { component, host: node },
  });

const objects = {
  deployments: [change(deployment, 1)],
  replicasets: [change(replicaSet, 2, {}, owned(deployment))],
  pods: [
    change(pod, 4, {}, owned(replicaSet)),
    change(pod, 6, { spec: { nodeName: node } }),
    change(pod, 11, { spec: { nodeName: node }, status: { phase: "Running", conditions: [] } }),
  ],
};
const prompt = [
  event(replicaSet, "SuccessfulCreate", "replicaset-controller", 5),
  event(pod, "Scheduled", "default-scheduler", 7),
  event(pod, "Pulled", "kubelet", 8),
  event(pod, "Created", "kubelet", 9),
  event(pod, "Started", "kubelet", 10),
];
const late = event(deployment, "ScalingReplicaSet", "deployment-controller", 12);

const docker = [
  ["start", "pause:3.1", "podsandbox"],
  ["create", "guide-workload:1", "container"],
  ["start", "guide-workload:1", "container"],
].map(([Action, image, type], index) =>
  JSON.stringify({
    Action,
    timeNano: 1e6 * index,
    Actor: { Attributes: { image, "io.kubernetes.pod.name": pod, "io.kubernetes.docker.type": type } },
  }),
);

/** A cluster whose watches tell what `changes` has for each kind, and whose Deployment has so many pods. */
function clusterTelling(changes: (kind: string) => object[], available: number): Cluster {
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: available };
  const watch = async (_: unknown, path: string) => ({
    changes: () => {
      const kind = path.slice(path.lastIndexOf("/") + 1);
      return [...changes(kind), ...(kind === "deployments" ? [change(deployment, 11, { status })] : [])];
    },
    end: () => undefined,
  });
  const cluster = {
    nodes: [machineOf((command) => ({ stdout: command.startsWith("docker") ? docker.join("\n") : "1.5\n" }))],
    workload: { namespace: "suites-1", created: async () => undefined },
    etcd: { keys: async () => [] },
    kubectl: {
      run: async () => "",
      get: async () => ({ metadata: { resourceVersion: "0", generation: 1 } }),
      watch,
    },
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return cluster as unknown as Cluster;
}

const changesOf = (kind: string): object[] =>
  Object.entries(objects).find(([name]) => name === kind)?.[1] ?? [];

test("an event that one part sends later than another sends its own is waited for", async () => {
  let looks = 0;
  const cluster = clusterTelling((kind) => {
    if (kind !== "events") return changesOf(kind);
    looks += 1;
    // The first look is for the Deployment's pods.
    return looks > 2 ? [...prompt, late] : prompt;
  }, 1);
  const { hops } = await created(cluster);
  expect(hops.map(({ from }) => from)).toContain("deployment-controller");
  expect(looks).toBeGreaterThan(2);
});

test("a Deployment that does not get its pod fails with the first hop that is missing, and the hops before it are known", async () => {
  const cluster = clusterTelling((kind) => {
    if (kind === "events") return [late, ...prompt.slice(0, 1)];
    return kind === "pods" ? objects.pods.slice(0, 1) : changesOf(kind);
  }, 0);
  vi.useFakeTimers();
  const thrown = created(cluster).catch((reason: unknown) => String(reason));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(await thrown).toMatch(
    /: no pod was bound by the scheduler \(.*\): the Deployment rollout has 1 available pods .*: not within 30 s/,
  );
  const { hops } = await begun(cluster);
  const makers = ["kubectl", "deployment-controller", "replicaset-controller"];
  expect(hops().map(({ from }) => from)).toEqual(makers);
});
