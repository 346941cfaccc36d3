import { expect, test } from "vitest";
import { freeSubnet } from "./lease.ts";

test.each([
  ["10.254.0.0/16", [], "10.254.255.0/24"],
  ["10.254.0.0/16", ["10.254.255.0/24", "10.254.3.0/24"], "10.254.254.0/24"],
  ["172.17.4.0/22", ["172.17.7.0/24"], "172.17.6.0/24"],
  ["10.1.1.0/24", ["10.1.1.0/24"], undefined],
])("in %s with %j leased, %s is free", (network, leased, free) => {
  expect(freeSubnet(network, leased)).toBe(free);
});
