import { expect, test } from "vitest";
import { workloadObjects } from "./manifest.ts";

test("namespace first, then three backends, a client a node and services with addresses of their own", async () => {
  const free = [248, 249, 250, 251, 252, 253, 254, 255].map((block) => `10.254.${block}.10`);
  const list = await workloadObjects("suites-1", 4, (count) => free.slice(0, count));
  const inNamespace = { namespace: "suites-1" };
  expect(list).toMatchObject({
    kind: "List",
    items: [
      { kind: "Namespace", metadata: { name: "suites-1", labels: { "guide-conformance": "suites" } } },
      { kind: "Deployment", metadata: { name: "backend", ...inNamespace }, spec: { replicas: 3 } },
      { kind: "Deployment", metadata: { name: "client", ...inNamespace }, spec: { replicas: 4 } },
      { kind: "Service", metadata: { name: "backend", ...inNamespace }, spec: { clusterIP: free[0] } },
      {
        kind: "Service",
        metadata: { name: "backend-node-port" },
        spec: { clusterIP: free[1], type: "NodePort" },
      },
      { kind: "Service", metadata: { name: "backend-local" }, spec: { externalTrafficPolicy: "Local" } },
      { kind: "Service", metadata: { name: "backend-sticky" }, spec: { sessionAffinity: "ClientIP" } },
      { kind: "Service", metadata: { name: "backend-udp" }, spec: { ports: [{ protocol: "UDP" }] } },
      {
        kind: "Service",
        metadata: { name: "backend-udp-sticky" },
        spec: { sessionAffinity: "ClientIP", ports: [{ protocol: "UDP" }] },
      },
      { kind: "Service", metadata: { name: "rollout" }, spec: { clusterIP: free[6] } },
      { kind: "Service", metadata: { name: "changing" }, spec: { clusterIP: free[7] } },
    ],
  });
  expect(JSON.stringify(list)).toContain('["sleep","20"]');
  expect(JSON.stringify(list)).not.toContain("nodeName");
});

test("services have no addresses where the cluster is to give them", async () => {
  expect(JSON.stringify(await workloadObjects("suites-1", 2, () => undefined))).not.toContain("clusterIP");
});
