import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { podsReachEachOther } from "./essentials.ts";

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
