import { expect, test } from "vitest";
import { firstAddresses, lies } from "./leases.ts";

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
