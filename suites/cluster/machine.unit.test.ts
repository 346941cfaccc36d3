import { expect, test } from "vitest";
import { temporaryFolder } from "../../harness/testing.ts";
import { machineOf } from "./testing.ts";

test("a file is there or not, and a machine that does not say is not taken for one without it", async () => {
  const folder = temporaryFolder();
  const own = machineOf(() => undefined);
  expect([await own.has(folder), await own.has(`${folder}/none`)]).toEqual([true, false]);
  const silent = machineOf(() => ({ exitCode: 124, timedOut: true }));
  await expect(silent.has(folder)).rejects.toMatchObject({ verdict: "guide", details: { late: 1 } });
});
