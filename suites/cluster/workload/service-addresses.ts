import { randomInt } from "node:crypto";
import ipaddr from "ipaddr.js";
import { GuideFailure } from "../../../harness/cluster.ts";

/**
 * Addresses for services in a range, which may be the pods' network as well: each in a /24 in which no pod can be, outside of
 * all leased subnets, and not in the first, where the apiserver puts services by itself. A range of one /24 is the services'
 * alone; of that the last ones are taken.
 *
 * @param range such as `10.1.0.0/16`
 * @param leased flannel's subnets, such as `10.1.23.0/24`
 * @param used addresses of services that exist
 */
export function freeServiceAddresses(
  count: number,
  range: string,
  leased: readonly string[],
  used: readonly string[],
): string[] {
  const subnets = leased.map((cidr) => ipaddr.IPv4.parseCIDR(cidr));
  // Another one each time: for two minutes the kernel leads clients of an earlier run's address to where that run's pods were.
  const host = randomInt(1, 255);
  const [first, prefix] = ipaddr.IPv4.parseCIDR(range);
  const blocks = 2 ** (24 - prefix);
  const known = new Set(used.map((address) => (blocks > 1 ? blockOf(address) : address)));
  const candidates =
    blocks > 1
      ? Array.from({ length: blocks - 1 }, (_, block) => addressAt(first, (block + 1) * 256 + host))
      : Array.from({ length: 256 * blocks - 2 }, (_, index) => addressAt(first, index + 1));
  const free = candidates
    .filter((address) => !known.has(blocks > 1 ? blockOf(address) : address))
    .filter((address) => !subnets.some((subnet) => ipaddr.IPv4.parse(address).match(subnet)));
  if (free.length < count) {
    throw new GuideFailure(
      `Only ${free.length} of ${count} service addresses are outside of the pods' subnets`,
      {
        hint: "See flannel's leases in etcd.",
      },
    );
  }
  return free.slice(-count);
}

export const isIn = (range: string, address: string): boolean =>
  ipaddr.IPv4.isValid(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(range));

const blockOf = (address: string): string => address.slice(0, address.lastIndexOf("."));

/** The address that many after another one. */
function addressAt({ octets }: ipaddr.IPv4, after: number): string {
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + after;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
