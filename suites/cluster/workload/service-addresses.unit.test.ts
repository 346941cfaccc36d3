import * as fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { freeServiceAddresses } from "./service-addresses.ts";

const octet = fc.integer({ min: 0, max: 255 });

test("no service gets an address that a pod or another service may have", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(octet, { maxLength: 200 }),
      fc.uniqueArray(octet, { maxLength: 20 }),
      (leased, used) => {
        const subnets = leased.map((third) => `10.254.${third}.0/24`);
        const services = used.map((third) => `10.254.${third}.10`);
        const free = freeServiceAddresses(3, "10.254.0.0/16", subnets, services);
        expect(new Set(free).size).toBe(3);
        for (const address of free) {
          const ip = ipaddr.IPv4.parse(address);
          expect(subnets.some((subnet) => ip.match(ipaddr.IPv4.parseCIDR(subnet)))).toBe(false);
          expect(services).not.toContain(address);
          expect(ip.match(ipaddr.IPv4.parseCIDR("10.254.0.0/16"))).toBe(true);
          expect(ip.octets[2]).not.toBe(0);
        }
      },
    ),
  );
});

test("a network without room is said so", () => {
  expect(() => freeServiceAddresses(1, "10.254.0.0/16", ["10.254.0.0/16"], [])).toThrow("Only 0 of 1");
});

test("a range of one /24 gives its last addresses, but for the broadcast address and those in use", () => {
  expect(freeServiceAddresses(3, "10.0.0.0/24", ["172.17.0.0/24"], ["10.0.0.253"])).toEqual([
    "10.0.0.251",
    "10.0.0.252",
    "10.0.0.254",
  ]);
  expect(() => freeServiceAddresses(3, "10.0.0.0/30", [], [])).toThrow("Only 2 of 3");
});
