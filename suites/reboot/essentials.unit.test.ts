import { expect, test, vi } from "vitest";
import type { ZodType } from "zod";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { nodes } from "../cluster/index.ts";
import {
  componentsAreHealthy,
  controllerManagerSigns,
  kubeletsAreReached,
  nodesAreReady,
  podsReachEachOther,
} from "./essentials.ts";
import { certificatesOf } from "./state.ts";

/**
 * Two clients between which so many packets are lost, as ping(8) of iputils tells it: with a deadline it goes on until all have come.
 * Their tunnels have room for 1450 bytes.
 */
function clientsLosing(lost: number, ofLong = lost) {
  const machine = machineOf((command) => {
    if (command.startsWith("docker")) return { stdout: "812\n" };
    if (command.startsWith("cat")) return { stdout: "1500\n" };
    const [, count = "", limit] = /-c (\d+)(?:.* -w (\d+))?/.exec(command) ?? [];
    const away = command.includes("-M do -s 1422") ? ofLong : lost;
    const sent = limit === undefined ? Number(count) : Math.min(Number(count) + away, Number(limit) * 5);
    const came = Math.max(0, sent - away);
    return { stdout: `${sent} packets transmitted, ${came} received, 0% packet loss\n`, durationMs: 3000 };
  });
  const pods = ["a", "b"].map((name) => ({
    name,
    app: "client",
    ip: name,
    machine,
    container: name,
    started: 0,
  }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return { workload: { pods: async () => pods } } as unknown as Cluster;
}

test("pods reach each other though a packet was lost on the way, and not if all are", async () => {
  await expect(podsReachEachOther(clientsLosing(0))).resolves.toBeUndefined();
  await expect(podsReachEachOther(clientsLosing(1))).resolves.toBeUndefined();
  await expect(podsReachEachOther(clientsLosing(100))).rejects.toMatchObject({
    verdict: "guide",
    details: { late: 3000 },
  });
});

test("pods between which long packets alone are lost do not reach each other", async () => {
  await expect(podsReachEachOther(clientsLosing(0, 100))).rejects.toMatchObject({
    verdict: "guide",
    message: "no answer from a to b to 1422 bytes, for which the tunnel has room",
  });
});

/** The guide's nodes, all of them Ready. */
function nodesOf(unschedulable?: true) {
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  const items = nodes.map(({ address: name }) => ({
    metadata: { name },
    spec: { unschedulable },
    status,
  }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return {
    kubectl: { get: async (schema: ZodType, _path: string) => schema.parse({ items }) },
  } as unknown as Cluster;
}

test("a node that is Ready and cordoned is not as it was", async () => {
  await expect(nodesAreReady(nodesOf())).resolves.toBeUndefined();
  const told = nodesAreReady(nodesOf(true));
  await expect(told).rejects.toThrow("nodes that are Ready and cordoned");
  await expect(told).rejects.toThrow(nodes[0]?.address);
});

test("a controller-manager that is healthy and signs nothing is named", async () => {
  const master = machineOf(() => ({ stdout: '{"csr":"request"}' }));
  const approved = {
    metadata: { name: "csr" },
    spec: { username: "", groups: [] },
    status: { conditions: [{ type: "Approved" }] },
  };
  const deleted = vi.fn<(path: string) => Promise<void>>(async () => undefined);
  const kubectl = {
    create: async () => ({}),
    run: async () => "",
    get: async () => approved,
    delete: deleted,
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { kubectl, master } as unknown as Cluster;
  vi.useFakeTimers();
  const thrown = controllerManagerSigns(cluster).catch((reason: unknown) => String(reason));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(await thrown).toMatch(
    /the controller-manager has issued a certificate: not within \d+ s.*Approved/s,
  );
  expect(deleted).toHaveBeenCalledOnce();
});

const component = (name: string, status: string, message: string) => ({
  metadata: { name },
  conditions: [{ type: "Healthy", status, message }],
});

test("a component that is not healthy is named, with its machine and what is said of it", async () => {
  const items = [
    component("controller-manager", "True", "ok"),
    component("scheduler", "False", "connection refused"),
    component("etcd-0", "True", "{}"),
  ];
  const get = vi.fn<() => Promise<unknown>>(async () => ({ items }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { kubectl: { get }, master: { name: "t71" } } as unknown as Cluster;
  vi.useFakeTimers();
  const thrown = componentsAreHealthy(cluster).catch((reason: unknown) => String(reason));
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(await thrown).toContain("last seen: scheduler of t71 is not healthy: connection refused");
  items.splice(1, 1, component("scheduler", "True", "ok"));
  await expect(componentsAreHealthy(cluster)).resolves.toBeUndefined();
});

test("a kubelet that the apiserver does not reach, or that runs other pods, is named", async () => {
  const get = vi.fn<() => Promise<unknown>>(async () => ({ items: [{ metadata: { name: "backend-a" } }] }));
  const machine = { name: "t72", address: "192.0.2.2" };
  const workload = { pods: async () => [{ name: "client-a", machine }] };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { kubectl: { get }, workload, nodes: [machine] } as unknown as Cluster;
  vi.useFakeTimers();
  const thrown = kubeletsAreReached(cluster).catch((reason: unknown) => String(reason));
  await vi.advanceTimersByTimeAsync(30_000);
  vi.useRealTimers();
  expect(await thrown).toContain(
    "the kubelet of t72 tells the apiserver that it runs client-a: not within 20 s",
  );
  expect(await thrown).toContain("last seen: backend-a");
  get.mockResolvedValue({ items: [{ metadata: { name: "client-a" } }] });
  await expect(kubeletsAreReached(cluster)).resolves.toBeUndefined();
});

test.each([
  ["--cert-dir=/run/kubelet-ssl --v=4", "/run/kubelet-ssl/kubelet-client-current.pem"],
  ["--cert-dir /run/kubelet-ssl", "/run/kubelet-ssl/kubelet-client-current.pem"],
  ["--v=4", "/k8s/kubernetes/ssl/kubelet-client-current.pem"],
])("of a kubelet with the options %s, the certificate is looked for in %s", async (options, file) => {
  const node = machineOf((command) =>
    command.startsWith("systemctl")
      ? { stdout: "ActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=7\n" }
      : { stdout: `/k8s/kubernetes/bin/kubelet ${options} ` },
  );
  const read = vi.spyOn(node, "read").mockResolvedValue("none");
  await expect(certificatesOf({ nodes: [node] })).rejects.toThrow(`node: ${file} is no certificate`);
  expect(read).toHaveBeenCalledWith(file);
});
