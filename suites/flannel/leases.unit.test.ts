import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { firstAddresses, leasesOf, lies } from "./leases.ts";

test("a lease of another backend is one, without the address of a tunnel's end", async () => {
  const value = JSON.stringify({ PublicIP: "192.0.2.2", BackendType: "host-gw", BackendData: null });
  const folder = async () => [{ key: "/k8s/network/subnets/10.254.23.0-24", value }];
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  expect(await leasesOf({ etcd: { folder } } as unknown as Cluster)).toEqual([
    { subnet: "10.254.23.0/24", publicIp: "192.0.2.2", backend: "host-gw", vtepMac: "none" },
  ]);
});

test("flannel.1 has the subnet's own address, docker0 the next", () => {
  expect(firstAddresses("10.254.23.0/24")).toEqual({
    flannel: "10.254.23.0",
    docker: "10.254.23.1",
    prefix: 24,
  });
  expect(firstAddresses("10.254.23.64/26")).toEqual({
    flannel: "10.254.23.64",
    docker: "10.254.23.65",
    prefix: 26,
  });
});

test("a subnet lies in a network if all of it does", () => {
  expect(lies("10.254.23.0/24", "10.254.0.0/16")).toBe(true);
  expect(lies("10.254.0.0/16", "10.254.0.0/16")).toBe(true);
  expect(lies("10.253.23.0/24", "10.254.0.0/16")).toBe(false);
  expect(lies("10.254.0.0/15", "10.254.0.0/16")).toBe(false);
});
