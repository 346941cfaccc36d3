import { randomInt } from "node:crypto";
import ipaddr from "ipaddr.js";
import { GuideFailure } from "./engine.ts";

/** The guide's service range is its pod network as well (2.6.2.2 and 4.1). */
const range = "10.254";

/**
 * Addresses for services, each in a /24 in which no pod can be: outside of all leased subnets, and not in the first,
 * where the apiserver puts services by itself.
 *
 * @param leased flannel's subnets, such as `10.254.23.0/24`
 * @param used addresses of services that exist
 */
export function freeServiceAddresses(
  count: number,
  leased: readonly string[],
  used: readonly string[],
): string[] {
  const subnets = leased.map((cidr) => ipaddr.IPv4.parseCIDR(cidr));
  // Another one each time: for two minutes the kernel leads clients of an earlier run's address to where that run's pods were.
  const host = randomInt(1, 255);
  const taken = new Set(used.map((address) => address.split(".")[2]));
  const free = Array.from({ length: 255 }, (_, index) => index + 1)
    .filter((third) => !taken.has(String(third)))
    .map((third) => `${range}.${third}.${host}`)
    .filter((address) => !subnets.some((subnet) => ipaddr.IPv4.parse(address).match(subnet)));
  if (free.length < count) {
    throw new GuideFailure(
      `Only ${free.length} of ${count} service addresses are outside of the pods' subnets`,
      {
        hint: "See the leases under /k8s/network/subnets in etcd.",
      },
    );
  }
  return free.slice(-count);
}
