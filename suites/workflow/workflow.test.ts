import { expect } from "vitest";
import { guards, machines, test } from "../cluster/index.ts";
import { created, rolledOut } from "./rollout.ts";

/** An event is on its way by itself; nothing waits for it. */
const isEvent = ({ what }: { what: string }): boolean => what.startsWith("event ");

test(
  "a Deployment goes from hand to hand: stored, replica set, pod, node, containers, each by its own part and in this order",
  { meta: guards("workflow", "hops") },
  async ({ cluster, fact, hops: keepHops }) => {
    const { hops, node, pod, stored } = await created(cluster);
    keepHops(hops);
    const kubelet = `kubelet ${node}`;
    expect(
      hops.map(({ from, to }) => `${from} to ${to}`),
      "who asked whom",
    ).toEqual([
      "kubectl to apiserver",
      "deployment-controller to apiserver",
      "replicaset-controller to apiserver",
      "default-scheduler to apiserver",
      `${kubelet} to Docker`,
      `${kubelet} to apiserver`,
      `${kubelet} to Docker`,
      `${kubelet} to Docker`,
      `${kubelet} to apiserver`,
      `${kubelet} to apiserver`,
    ]);
    expect(machines.filter(({ address }) => address === node).length, `${node} is a machine`).toBe(1);
    const objects = hops.filter((hop) => hop.to === "apiserver" && !isEvent(hop));
    for (const [what, some] of [
      ["objects, by etcd's revision", objects.map(({ revision }) => revision ?? 0)],
      ["events, by etcd's revision", hops.filter(isEvent).map(({ revision }) => revision ?? 0)],
      ["what Docker did", hops.filter(({ to }) => to === "Docker").map(({ atMs }) => atMs)],
    ] as const) {
      expect(some, `the order of ${what}`).toEqual(some.toSorted((a, b) => a - b));
    }
    const [sandbox, ...containers] = hops.filter(({ to }) => to === "Docker").map(({ what }) => what);
    expect(sandbox, "what the pod's sandbox runs").toMatch(/^sandbox start: (?:\S+\/)?pause[^/]*$/);
    expect(containers.length, "what Docker did with the container").toBe(2);

    const [first, second, third] = hops.map(({ revision }) => revision);
    const namespace = cluster.workload.namespace;
    const replicaSet = pod.slice(0, pod.lastIndexOf("-"));
    expect(stored, "objects in etcd, by the revision that created them").toEqual(
      expect.arrayContaining([
        { key: `/registry/deployments/${namespace}/rollout`, revision: first },
        { key: `/registry/replicasets/${namespace}/${replicaSet}`, revision: second },
        { key: `/registry/pods/${namespace}/${pod}`, revision: third },
      ]),
    );
    fact("pod runs after ms", Math.round(hops.at(-1)?.atMs ?? 0));
    fact("who did it", "told by events and owner references: the guide's apiserver keeps no audit log");
  },
);

test(
  "it is scaled, updated without a gap, and taken back to what it was",
  { meta: guards("workflow", "rollout") },
  async ({ cluster, fact }) => {
    const { up, down, updated, undone, fewestReady } = await rolledOut(cluster);
    const [first = expect.unreachable("a Deployment has a ReplicaSet")] = up;
    expect(up, "ReplicaSets of the Deployment, scaled up").toEqual([
      { ...first, replicas: 2, revision: "1" },
    ]);
    expect(down, "ReplicaSets, scaled down").toEqual([{ ...first, replicas: 1, revision: "1" }]);
    const second = updated.at(-1)?.name;
    expect(second, "an update has a ReplicaSet of its own").not.toBe(first.name);
    expect(updated, "ReplicaSets after the update").toEqual([
      { name: first.name, replicas: 0, revision: "1" },
      { name: second, replicas: 1, revision: "2" },
    ]);
    expect(undone, "ReplicaSets after the update was taken back").toEqual([
      { name: second, replicas: 0, revision: "2" },
      { name: first.name, replicas: 1, revision: "3" },
    ]);
    expect(fewestReady, "the fewest pods that were ready at once from the update on").toBeGreaterThanOrEqual(
      1,
    );
    fact("ReplicaSets", `${first.name}, ${second}`);
  },
);
