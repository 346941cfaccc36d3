import { expect } from "vitest";
import { guards, test } from "../cluster/index.ts";
import { boundByHand, deployedWithoutController } from "./control.ts";
import { foreignContainers, restartedContainer } from "./kubelet.ts";
import { askedByUdp } from "./udp.ts";

test(
  "a pod with another scheduler's name waits for that one, and runs on the node that it is bound to",
  { concurrent: true, meta: guards("components", "scheduler") },
  async ({ cluster, fact }) => {
    const { node, waiting, bound, events } = await boundByHand(cluster);
    expect(waiting, "the pod, when the scheduler had gone on to a later one").toMatchObject({
      phase: "Pending",
      isUnschedulable: false,
    });
    expect(waiting.node, "the node of a pod that nobody has bound").toBeUndefined();
    expect(bound, "the pod, once it was bound by hand").toMatchObject({
      node: node.address,
      phase: "Running",
    });
    expect(
      events.filter(({ reason }) => /Schedul/.test(reason)),
      "what the cluster's own scheduler said of the pod",
    ).toEqual([]);
    fact("bound to", node.name);
  },
);

test(
  "with the controller-manager stopped, a Deployment is stored and gets no ReplicaSet; it gets it once that goes on",
  { concurrent: true, meta: guards("components", "controllers") },
  async ({ cluster, fact }) => {
    const { name, stopped, after, took } = await deployedWithoutController(cluster);
    expect(stopped.process, "the state of the controller-manager's process").toMatch(/^T/);
    expect(stopped.keys, "the Deployment in etcd").toEqual([
      `/registry/deployments/${cluster.workload.namespace}/${name}`,
    ]);
    expect(stopped.replicaSets, "ReplicaSets while the controller-manager was stopped").toEqual([]);
    expect(after.length, "ReplicaSets afterwards").toBe(1);
    fact("ReplicaSet after ms", took);
  },
);

test(
  "a service forwards UDP as it does TCP, to all of its backends",
  { concurrent: true, meta: guards("components", "udp") },
  async ({ cluster, fact }) => {
    const { backends, plain } = await askedByUdp(cluster);
    for (const { client, answers } of plain) {
      expect(
        answers.filter((answer) => answer === "").length,
        `requests of ${client} without an answer`,
      ).toBe(0);
      expect([...new Set(answers)].toSorted(), `backends that answered ${client}`).toEqual(backends);
    }
    fact("clients", plain.map(({ client }) => client).join(", "));
  },
);

test(
  "with session affinity, each client is given the same backend again by UDP, too",
  { concurrent: true, meta: guards("components", "udpAffinity") },
  async ({ cluster, fact }) => {
    const { sticky } = await askedByUdp(cluster);
    for (const { client, answers } of sticky) {
      expect(new Set(answers).size, `backends that answered ${client}: ${answers.join(" ")}`).toBe(1);
      expect(answers, `requests of ${client} without an answer`).not.toContain("");
      fact(client, answers[0] ?? "");
    }
  },
);

test(
  "the kubelet leaves containers alone that Docker was told to run by hand, whether they run or died",
  { concurrent: true, meta: guards("components", "foreignContainers") },
  async ({ cluster, fact }) => {
    const { node, before, after } = await foreignContainers(cluster);
    expect(before).toMatchObject({ alive: { status: "running" }, dead: { status: "exited" } });
    expect(after, `the containers made by hand on ${node.name}, after the kubelet has cleaned up`).toEqual(
      before,
    );
    fact("node", node.name);
  },
);

test(
  "a container that dies is started again in its pod, which counts that",
  { concurrent: true, meta: guards("components", "restart") },
  async ({ cluster, fact }) => {
    const { node, before, after, state } = await restartedContainer(cluster);
    expect(before.restarts, "restarts before the container was killed").toBe(0);
    expect(after.restarts, "restarts after the container was killed").toBe(1);
    expect(after, "the pod is the same one").toMatchObject({
      uid: before.uid,
      ip: before.ip,
      node: node.address,
    });
    expect(after.container, "Docker's container").not.toBe(before.container);
    expect(state.status, "the new container in Docker").toBe("running");
    fact("containers", `${before.container?.slice(0, 12)}, then ${after.container?.slice(0, 12)}`);
  },
);
