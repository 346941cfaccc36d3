import { expect, test, vi } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { componentsAreHealthy, kubeletsAreReached, podsReachEachOther } from "./essentials.ts";
import { certificatesOf } from "./state.ts";

/** Two clients between which so many packets are lost, as ping(8) of iputils tells it: with a deadline it goes on until all have come. */
function clientsLosing(lost: number) {
  const machine = machineOf((command) => {
    if (command.startsWith("docker")) return { stdout: "812\n" };
    const [, count = "", limit] = /-c (\d+)(?:.* -w (\d+))?/.exec(command) ?? [];
    const sent = limit === undefined ? Number(count) : Math.min(Number(count) + lost, Number(limit) * 5);
    const came = Math.max(0, sent - lost);
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
