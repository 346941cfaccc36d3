import { expect, expectList, guards, lacking, machines, shown, test } from "../cluster/index.ts";
import { begun, created, type Generation, rolledOut } from "./rollout.ts";

/** An event is on its way by itself; nothing waits for it. */
const isEvent = ({ what }: { what: string }): boolean => what.startsWith("event ");

/** Holds the Deployment's ReplicaSets against those that are wanted. */
const expectSets = (when: string, seen: readonly Generation[], wanted: readonly Generation[]): void =>
  expectList(`ReplicaSets of the Deployment, ${when}`, inWords(seen), inWords(wanted));

/** ReplicaSets in words, all that is known of each. */
const inWords = (generations: readonly Generation[]): string[] =>
  generations.map(({ name, replicas, revision }) => `${name} of revision ${revision} for ${replicas} pods`);

test(
  "a Deployment goes from hand to hand: stored, replica set, pod, node, containers, each by its own part and in this order",
  { meta: guards("workflow", "hops") },
  async ({ cluster, fact, hops: keepHops }) => {
    const { hops: seen } = await begun(cluster);
    const { hops, node, pod, stored } = await created(cluster).finally(() => keepHops(seen()));
    const kubelet = `kubelet ${node}`;
    const asked = hops.map(({ from, to }) => `${from} to ${to}`);
    expectList("who asked whom", asked, [
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
    const named = machines.filter(({ address }) => address === node).length;
    expect(named, `${node}, the pod's node, is the address of ${named} machines, not of one`).toBe(1);
    const objects = hops.filter((hop) => hop.to === "apiserver" && !isEvent(hop));
    for (const [what, some] of [
      ["objects, by etcd's revision", objects.map(({ revision }) => revision ?? 0)],
      ["events, by etcd's revision", hops.filter(isEvent).map(({ revision }) => revision ?? 0)],
      ["what Docker did, by milliseconds", hops.filter(({ to }) => to === "Docker").map(({ atMs }) => atMs)],
    ] as const) {
      const sorted = some.toSorted((a, b) => a - b);
      expect(some, `${what}, come as ${shown(some)}, not as ${shown(sorted)}`).toEqual(sorted);
    }
    const [sandbox, ...containers] = hops.filter(({ to }) => to === "Docker").map(({ what }) => what);
    expect(
      sandbox,
      `${node}'s Docker begins the pod with ${shown(sandbox)}, not with a start of pause`,
    ).toMatch(/^sandbox start: (?:\S+\/)?pause[^/]*$/);
    const did = `${node}'s Docker did ${containers.length} things with the container, not 2`;
    expect(containers.length, `${did}: ${shown(containers)}`).toBe(2);

    const [first, second, third] = hops.map(({ revision }) => revision);
    const namespace = cluster.workload.namespace;
    const replicaSet = pod.slice(0, pod.lastIndexOf("-"));
    const held = stored.map(({ key, revision }) => `${key} of revision ${revision}`);
    for (const wanted of [
      `/registry/deployments/${namespace}/rollout of revision ${first}`,
      `/registry/replicasets/${namespace}/${replicaSet} of revision ${second}`,
      `/registry/pods/${namespace}/${pod} of revision ${third}`,
    ])
      expect(held, `etcd has ${shown(held)}, but not ${wanted}`).toContain(wanted);
    fact("pod runs after ms", Math.round(hops.at(-1)?.atMs ?? 0));
    fact("who did it", "told by events and owner references: the guide's apiserver keeps no audit log");
  },
);

test(
  "it is scaled, updated without a gap, and taken back to what it was",
  { meta: guards("workflow", "rollout") },
  async ({ cluster, fact }) => {
    const { up, down, updated, undone, fewestReady } = await rolledOut(cluster);
    const first = up[0]?.name ?? lacking("the Deployment, scaled up, has no ReplicaSet");
    const second = updated.at(-1)?.name ?? lacking("the Deployment, updated, has no ReplicaSet");
    expectSets("scaled up", up, [{ name: first, replicas: 2, revision: "1" }]);
    expectSets("scaled down", down, [{ name: first, replicas: 1, revision: "1" }]);
    expect(second, `the Deployment, updated, has ${second} as its newest ReplicaSet, as before`).not.toBe(
      first,
    );
    expectSets("updated", updated, [
      { name: first, replicas: 0, revision: "1" },
      { name: second, replicas: 1, revision: "2" },
    ]);
    expectSets("taken back", undone, [
      { name: second, replicas: 0, revision: "2" },
      { name: first, replicas: 1, revision: "3" },
    ]);
    expect(
      fewestReady,
      `the Deployment had but ${fewestReady} pods ready at once after the update began, not 1 or more`,
    ).toBeGreaterThanOrEqual(1);
    fact("ReplicaSets", `${first}, ${second}`);
  },
);
