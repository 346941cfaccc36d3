import { answered, expect, guards, test } from "../cluster/index.ts";
import { apiserverSaysTo, apiserverService, isAnswer } from "./services.ts";

test(
  "the service kubernetes leads to the apiserver, from every node and from pods on it",
  { meta: guards("kube-proxy", "apiserver") },
  async ({ cluster, fact }) => {
    const { nodes, workload } = cluster;
    const ca = await cluster.kubernetesCa();
    const service = await apiserverService(cluster);
    const { ip: host, port } = service;
    await workload.ready();
    const clients = await workload.pods("client");
    await Promise.all([
      // With the CA: the address of the service is among the certificate's names.
      ...nodes.map(async (node) => answered(await node.tls({ host, port, ca, path: "/version" }))),
      ...clients.map(async (pod) => {
        const said = await apiserverSaysTo(pod, service);
        expect(
          isAnswer(said),
          `a pod on ${pod.machine.name} asks https://${host}:${port}/version and gets ${said}`,
        ).toBe(true);
      }),
    ]);
    fact("the service", `${host}:${port}`);
  },
);
