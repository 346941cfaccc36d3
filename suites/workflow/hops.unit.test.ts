import { expect, test } from "vitest";
import type { DockerEvent } from "./docker.ts";
import { hopsOf } from "./hops.ts";
import { fewestReady } from "./rollout.ts";
import type { Kind, WatchEvent } from "./timeline.ts";

type Changes = { -readonly [Key in keyof WatchEvent["object"]]?: WatchEvent["object"][Key] };

let revision = 0;
/** A change as a watch tells it, each a millisecond after the one before. */
function told(kind: Kind, name: string, { owner, ...more }: Changes & { owner?: string } = {}): WatchEvent {
  revision += 1;
  const ownerReferences = owner === undefined ? [] : [{ uid: owner, controller: true }];
  const metadata = {
    name,
    uid: `uid of ${name}`,
    resourceVersion: revision,
    annotations: {},
    ownerReferences,
  };
  return { at: 1000 + revision, kind, type: "ADDED", object: { metadata, ...more } };
}

const event = (of: string, reason: string, component: string, host?: string): WatchEvent =>
  told("Event", `${of}.1`, {
    reason,
    involvedObject: { name: of },
    source: { component, ...(host !== undefined && { host }) },
  });

/** All that is told of a Deployment of one pod. */
function wholeWay(): WatchEvent[] {
  revision = 0;
  const node = "10.0.0.2";
  return [
    told("Deployment", "rollout"),
    told("ReplicaSet", "rollout-1", { owner: "uid of rollout" }),
    event("rollout", "ScalingReplicaSet", "deployment-controller"),
    told("Pod", "rollout-1-a", { owner: "uid of rollout-1" }),
    event("rollout-1", "SuccessfulCreate", "replicaset-controller"),
    told("Pod", "rollout-1-a", { spec: { nodeName: node } }),
    event("rollout-1-a", "Scheduled", "default-scheduler"),
    event("rollout-1-a", "Pulled", "kubelet", node),
    event("rollout-1-a", "Created", "kubelet", node),
    event("rollout-1-a", "Started", "kubelet", node),
    told("Pod", "rollout-1-a", { spec: { nodeName: node }, status: { phase: "Running", conditions: [] } }),
  ];
}

const docker = (["sandbox start", "container create", "container start"] as const).map(
  (what, index): DockerEvent => {
    const [of, action = ""] = what.split(" ");
    const image = of === "sandbox" ? "pause:3.0" : "own:1";
    return {
      at: 1020 + index,
      node: "10.0.0.2",
      pod: "rollout-1-a",
      of: of === "sandbox" ? "sandbox" : "container",
      action,
      image,
    };
  },
);

test("each hop has who asked whom, what for, when, and etcd's revision", () => {
  const { hops, node, pod } = hopsOf({ askedAt: 1000, told: wholeWay(), docker });
  expect({ node, pod }).toEqual({ node: "10.0.0.2", pod: "rollout-1-a" });
  expect(hops.map(({ from, to, what, atMs }) => `${atMs}: ${from} to ${to}: ${what}`)).toEqual([
    "1: kubectl to apiserver: Deployment, revision 1",
    "2: deployment-controller to apiserver: ReplicaSet, revision 2",
    "4: replicaset-controller to apiserver: Pod, revision 4",
    "6: default-scheduler to apiserver: Pod bound to 10.0.0.2, revision 6",
    "20: kubelet 10.0.0.2 to Docker: sandbox start: pause:3.0",
    "8: kubelet 10.0.0.2 to apiserver: event Pulled, revision 8",
    "21: kubelet 10.0.0.2 to Docker: container create: own:1",
    "22: kubelet 10.0.0.2 to Docker: container start: own:1",
    "10: kubelet 10.0.0.2 to apiserver: event Started, revision 10",
    "11: kubelet 10.0.0.2 to apiserver: Pod runs, revision 11",
  ]);
});

test("a ReplicaSet of somebody else's is not the Deployment's", () => {
  const way = wholeWay().map((one) =>
    one.kind === "ReplicaSet" ? told("ReplicaSet", "rollout-1", { owner: "uid of a stranger" }) : one,
  );
  const { hops, missing } = hopsOf({ askedAt: 1000, told: way, docker });
  expect(missing).toMatch(
    /^no ReplicaSet was made by the controller-manager \(.* told of Deployment rollout/,
  );
  expect(hops.map(({ from }) => from)).toEqual(["kubectl"]);
});

test("of a pod that nobody binds, the hops up to it are told, and who is missing", () => {
  const { hops, missing } = hopsOf({ askedAt: 1000, told: wholeWay().slice(0, 5), docker: [] });
  expect(missing).toMatch(/^no pod was bound by the scheduler \(/);
  const makers = ["kubectl", "deployment-controller", "replicaset-controller"];
  expect(hops.map(({ from }) => from)).toEqual(makers);
});

test("what Docker did not do is missed by name", () => {
  const { hops, missing } = hopsOf({ askedAt: 1000, told: wholeWay(), docker: docker.slice(1) });
  expect(missing).toBe(
    "10.0.0.2's Docker told nothing of sandbox start; it told of container create, container start",
  );
  expect(hops).toHaveLength(4);
});

const pod = (name: string, isReady: boolean): WatchEvent =>
  told("Pod", name, {
    status: { phase: "Running", conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  });

test("the fewest pods that were ready at once are counted from a revision on", () => {
  revision = 0;
  const gone = (name: string): WatchEvent => ({ ...pod(name, true), type: "DELETED" });
  expect(fewestReady([pod("a", false), pod("a", true), pod("b", true), gone("a")], 2)).toBe(1);
  expect(fewestReady([pod("a", true), gone("a"), pod("b", true)], 5)).toBe(0);
});

test("of watches that told of no pod since, nobody says that enough were ready", () => {
  revision = 0;
  expect(() => fewestReady([pod("a", true), told("Deployment", "rollout")], 1)).toThrow(
    "the apiserver's watches told of no pod",
  );
});
