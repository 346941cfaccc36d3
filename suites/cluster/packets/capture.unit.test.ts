import { expect, test } from "vitest";
import { tunnelled } from "./capture.ts";

test("the filter names the inner destination in hexadecimal, and the length of the whole inner packet", () => {
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[46:4] = 0x0afe0502");
  expect(tunnelled("10.254.5.2", 56)).toContain("udp[32:2] = 84");
});
