import { z } from "zod";
import { answered, expect, guards, inNetworkOf, sh, slowness, test } from "../cluster/index.ts";

const serviceSchema = z.object({
  spec: z.object({ clusterIP: z.string(), ports: z.tuple([z.object({ port: z.number() })]) }),
});

test(
  "the service kubernetes leads to the apiserver, from every node and from pods on it",
  { meta: guards("kube-proxy", "apiserver") },
  async ({ cluster, fact }) => {
    const { kubectl, nodes, workload } = cluster;
    const ca = await cluster.kubernetesCa();
    const { spec } = await kubectl.get(serviceSchema, "/api/v1/namespaces/default/services/kubernetes");
    const { clusterIP: host, ports } = spec;
    const [{ port }] = ports;
    await workload.ready();
    const clients = await workload.pods("client");
    const url = `https://${host}:${port}/version`;
    const curl = sh`curl -sk -o /dev/null -w '%{http_code}' --connect-timeout ${2 * slowness} --max-time ${5 * slowness} ${url}`;
    await Promise.all([
      // With the CA: the address of the service is among the certificate's names.
      ...nodes.map(async (node) => answered(await node.tls({ host, port, ca, path: "/version" }))),
      ...clients.map(async (pod) => {
        const { stdout, exitCode } = await pod.machine.run(await inNetworkOf(pod, curl, "machine"));
        const said = stdout.trim() || `nothing, curl's exit code ${exitCode}`;
        expect(said, `a pod on ${pod.machine.name} asks ${url} and gets ${said}`).toMatch(/^[2-4]\d\d$/);
      }),
    ]);
    fact("the service", `${host}:${port}`);
  },
);
