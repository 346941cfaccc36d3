import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { keptLocal } from "./services.ts";

const rules = (pod: string): string => `-A KUBE-SEP-1 -p tcp -m tcp -j DNAT --to-destination ${pod}:8080
-A KUBE-SERVICES -d 10.254.255.10/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-AAAA
-A KUBE-SVC-AAAA -j KUBE-SEP-1
`;

test("a service that keeps to its node is asked once its own rules lead to the backends of now", async () => {
  const saved = [rules("10.254.23.2"), "", rules("10.254.23.9")];
  const node = machineOf(() => ({ stdout: (saved.length > 1 ? saved.shift() : saved[0]) ?? "" }));
  const pod = { name: "b", app: "backend", ip: "10.254.23.9", machine: node, container: "c", started: 0 };
  const workload = {
    service: async () => ({ ip: "10.254.255.10", port: 80, nodePort: 30_123 }),
    pods: async () => [pod],
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { workload, nodes: [node] } as unknown as Cluster;
  expect(await keptLocal(cluster)).toEqual({ nodePort: 30_123, pods: [pod] });
  expect(saved).toHaveLength(1);
});
