import { expect, test } from "vitest";
import { allRun, progressOf } from "./progress.ts";

const deployment = (name: string, availableReplicas: number, replicas: number) => ({
  metadata: { name },
  spec: { replicas },
  status: { availableReplicas },
});
const pod = (phase: string, nodeName?: string, message?: string) => ({
  metadata: { name: "client-b" },
  spec: { nodeName },
  status: {
    phase,
    ...(message && { conditions: [{ type: "PodScheduled", reason: "Unschedulable", message }] }),
  },
});

test("all run only if there is a Deployment, and each has all of its pods", () => {
  expect(allRun([])).toBe(false);
  expect(allRun([deployment("backend", 3, 3), deployment("client", 1, 2)])).toBe(false);
  expect(allRun([deployment("backend", 3, 3), deployment("client", 2, 2)])).toBe(true);
});

test("a pod that was bound to a node is progress, though no more of them run", () => {
  const deployments = [deployment("backend", 3, 3), deployment("client", 1, 2)];
  expect(progressOf(deployments, [pod("Pending")])).toBe(
    "3 of 3 of backend, 1 of 2 of client, client-b is Pending on no node: kube-scheduler has said nothing of it",
  );
  expect(progressOf(deployments, [pod("Pending", undefined, "0/2 nodes are available")])).toBe(
    "3 of 3 of backend, 1 of 2 of client, client-b is Pending on no node: 0/2 nodes are available",
  );
  expect(progressOf(deployments, [pod("Pending", "t72")])).toBe(
    "3 of 3 of backend, 1 of 2 of client, client-b is Pending on t72",
  );
  expect(progressOf(deployments, [pod("Running", "t72")])).toBe("3 of 3 of backend, 1 of 2 of client");
});
