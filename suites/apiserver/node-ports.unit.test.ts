import { expect, test } from "vitest";
import { GuideFailure, UsageError } from "../cluster/index.ts";
import { placeOf } from "./node-ports.ts";

const refused = (why: string): Promise<never> =>
  Promise.reject(
    new GuideFailure(`POST services: HTTP 422: spec.ports[0].nodePort: Invalid value: 32767: ${why}`),
  );

test("a port is in the range if a service gets it, or if another one has it", async () => {
  expect(await placeOf(Promise.resolve({}))).toBe("in the range");
  expect(await placeOf(refused("provided port is already allocated"))).toBe("in the range");
});

test("a port outside of it is refused, and any other answer says neither", async () => {
  const valid = "provided port is not in the valid range. The range of valid ports is 30000-32767";
  expect(await placeOf(refused(valid))).toBe("outside of the range");
  expect(await placeOf(refused("exceeded quota"))).toContain("exceeded quota");
  await expect(placeOf(Promise.reject(new UsageError("no such cluster")))).rejects.toThrow("no such cluster");
});
