import ipaddr from "ipaddr.js";
import { z } from "zod";
import { expect, flannel, lacking, shapedJson, type Cluster, type SuiteMachine } from "../cluster/index.ts";

/** What a flanneld registered in etcd for its node (flannel's vxlan backend); its subnet as `10.1.23.0/24`. */
export type Lease = Awaited<ReturnType<typeof leasesOf>>[number];

const value = z.object({
  PublicIP: z.string(),
  BackendType: z.string(),
  /** Other backends have none. */
  BackendData: z.object({ VtepMAC: z.string() }).nullish(),
});

/** All leases, in the order of the machines' addresses. */
export async function leasesOf({ etcd }: Cluster) {
  const entries = await etcd.folder(`${flannel.registry}/subnets`);
  return entries
    .map(({ key, value: text }) => {
      const { PublicIP, BackendType, BackendData } = shapedJson(value, text, `The lease ${key}`);
      const subnet = key.slice(key.lastIndexOf("/") + 1).replace("-", "/");
      return { subnet, publicIp: PublicIP, backend: BackendType, vtepMac: BackendData?.VtepMAC ?? "none" };
    })
    .toSorted((a, b) => (a.publicIp < b.publicIp ? -1 : 1));
}

/** The lease of a node; a failed assertion if it has none, or several. */
export function leaseOf(node: SuiteMachine, leases: readonly Lease[]): Lease {
  const own = leases.filter(({ publicIp }) => publicIp === node.address);
  expect(own.length, `${node.name} has ${own.length} leases of flannel, not one`).toBe(1);
  return own[0] ?? lacking(`${node.name} has no lease of flannel`);
}

/** The first address of a subnet, which is flannel.1's, and the next, which is docker0's. */
export function firstAddresses(subnet: string): { flannel: string; docker: string; prefix: number } {
  const [network, prefix] = ipaddr.IPv4.parseCIDR(subnet);
  const docker = new ipaddr.IPv4([...network.octets.slice(0, 3), (network.octets[3] ?? 0) + 1]);
  return { flannel: network.toString(), docker: docker.toString(), prefix };
}

export function lies(subnet: string, network: string): boolean {
  const [[inner, innerPrefix], [, outerPrefix]] = [
    ipaddr.IPv4.parseCIDR(subnet),
    ipaddr.IPv4.parseCIDR(network),
  ];
  return innerPrefix >= outerPrefix && inner.match(ipaddr.IPv4.parseCIDR(network));
}
