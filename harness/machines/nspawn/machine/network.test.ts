import { expect, it } from "vitest";
import { macOf } from "./network.ts";

it("gives a machine the same MAC address at each boot: local, unicast, made of its IPv4 address", () => {
  expect(macOf("192.168.4.71")).toBe("02:00:c0:a8:04:47");
});
