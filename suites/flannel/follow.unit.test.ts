import { expect, test } from "vitest";
import { type Cluster, GuideFailure } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { freeSubnet, subnetFollowed } from "./follow.ts";

test.each([
  ["10.254.0.0/16", [], "10.254.255.0/24"],
  ["10.254.0.0/16", ["10.254.255.0/24", "10.254.3.0/24"], "10.254.254.0/24"],
  ["172.17.4.0/22", ["172.17.7.0/24"], "172.17.6.0/24"],
  ["10.1.1.0/24", ["10.1.1.0/24"], undefined],
])("in %s with %j leased, %s is free", (network, leased, free) => {
  expect(freeSubnet(network, leased)).toBe(free);
});

const limits = { deadline: 60_000, interval: 100 };
const route = "10.254.255.0/24 via 10.254.255.0 dev flannel.1 onlink\n";
const subnet = "10.254.255.0/24";
const entries = `${route}10.254.255.0 lladdr 02:00:c0:00:02:01 PERMANENT\n`;

test("a machine that does not say where it leads is not taken for one that does not lead there any more", async () => {
  const routes = [{ stdout: "" }, { stdout: entries }, { exitCode: 124, timedOut: true }, { stdout: "" }];
  const node = machineOf(() => routes.shift());
  const etcd = { folder: async () => [], v2: async () => "" };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  expect(await subnetFollowed({ etcd } as unknown as Cluster, [node], limits)).toBe(subnet);
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
  const node = machineOf(() => ({ stdout: leases.size > 0 ? entries : "" }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  expect(await subnetFollowed({ etcd } as unknown as Cluster, [node], limits)).toBe(subnet);
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
      return { stdout: `${process}\n${stays ? entries : ""}` };
    });
    const v2 = async (args: string) => {
      leased = args.startsWith("set");
      if (!leased) process = after;
      return "";
    };
    const etcd = { folder: async () => [], v2 };
    // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
    expect(await subnetFollowed({ etcd } as unknown as Cluster, [node], limits)).toBe(subnet);
    expect(asked.some((command) => command.includes("ip route del 10.254.255.0/24"))).toBe(isTakenAway);
    expect(performance.now() >= gone).toBe(!isTakenAway);
  },
);

test.each([
  ["flanneld of one node does nothing any more", ""],
  ["it sets a route and no neighbour", route],
])("red, with the node that does not follow, where %s", async (_, stale) => {
  const leased = new Set<string>();
  const following = machineOf(() => ({ stdout: leased.size > 0 ? entries : "" }));
  const other = machineOf(() => ({ stdout: leased.size > 0 ? stale : "" }));
  Object.defineProperty(other, "name", { value: "t76" });
  const v2 = async (args: string) => void (args.startsWith("set") ? leased.add("key") : leased.clear());
  const etcd = { folder: async () => [], v2 };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const followed = subnetFollowed({ etcd } as unknown as Cluster, [following, other], {
    deadline: 300,
    interval: 50,
  });
  await expect(followed).rejects.toThrow(`t76 has ${stale.trim() || "nothing"}`);
  expect(leased.size).toBe(0);
});
