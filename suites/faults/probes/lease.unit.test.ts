import { expect, test } from "vitest";
import { type Cluster, GuideFailure } from "../../cluster/index.ts";
import { machineOf } from "../../cluster/testing.ts";
import { freeSubnet, subnetFollowed } from "./lease.ts";

test.each([
  ["10.254.0.0/16", [], "10.254.255.0/24"],
  ["10.254.0.0/16", ["10.254.255.0/24", "10.254.3.0/24"], "10.254.254.0/24"],
  ["172.17.4.0/22", ["172.17.7.0/24"], "172.17.6.0/24"],
  ["10.1.1.0/24", ["10.1.1.0/24"], undefined],
])("in %s with %j leased, %s is free", (network, leased, free) => {
  expect(freeSubnet(network, leased)).toBe(free);
});

test("a machine that does not say where it leads is not taken for one that does not lead there any more", async () => {
  const routes = [
    { stdout: "" },
    { stdout: "10.254.255.0/24 via 10.254.255.0 dev flannel.1 onlink\n" },
    { exitCode: 124, timedOut: true },
    { stdout: "" },
  ];
  const node = machineOf(() => routes.shift());
  const etcd = { folder: async () => [], v2: async () => "" };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  expect(await subnetFollowed({ etcd } as unknown as Cluster, node)).toBe("");
  expect(routes).toEqual([]);
});

test("a subnet that etcd does not take back at once is taken back later: none is left for those who compare", async () => {
  const leases = new Set<string>();
  let refusals = 2;
  const etcd = {
    folder: async () =>
      [...leases].map((key) => ({
        key,
        value: '{"PublicIP":"192.0.2.1","BackendType":"vxlan","BackendData":{"VtepMAC":"02:00:c0:00:02:01"}}',
      })),
    v2: async (args: string) => {
      const key = args.split(" ").find((word) => word.startsWith("/")) ?? "";
      // A run that is cut short leaves it for a while.
      if (args.startsWith("set --ttl ")) leases.add(key);
      else if (refusals-- > 0) throw new GuideFailure("etcd does not answer");
      else leases.delete(key);
      return "";
    },
  };
  const node = machineOf(() => ({ stdout: leases.size > 0 ? "10.254.255.0/24 dev flannel.1\n" : "" }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  expect(await subnetFollowed({ etcd } as unknown as Cluster, node)).toBe("");
  expect(leases.size).toBe(0);
}, 20_000);

test.each([
  ["by another process, which does not know of it", "MainPID=8", true],
  ["by the one that made it", "MainPID=7", false],
])(
  "a route that stays, though its subnet was taken back %s, is taken away: %s",
  async (_, after, isTakenAway) => {
    const asked: string[] = [];
    let [leased, process] = [false, "MainPID=7"];
    const gone = performance.now() + 4000;
    const node = machineOf((command) => {
      asked.push(command);
      if (!command.includes("ip route show")) return { stdout: "" };
      const stays = leased || (asked.length > 2 && performance.now() < gone);
      return { stdout: `${process}\n${stays ? "10.254.255.0/24 dev flannel.1\n" : ""}` };
    });
    const v2 = async (args: string) => {
      leased = args.startsWith("set");
      if (!leased) process = after;
      return "";
    };
    const etcd = { folder: async () => [], v2 };
    // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
    expect(await subnetFollowed({ etcd } as unknown as Cluster, node)).toBe("");
    expect(asked.some((command) => command.includes("ip route del 10.254.255.0/24"))).toBe(isTakenAway);
    expect(performance.now() >= gone).toBe(!isTakenAway);
  },
);
