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

/** What comes of a command that ends after so many milliseconds, before it was ready. */
const failure = async (durationMs: number): Promise<unknown> => {
  const own = machineOf(() => ({ stderr: "tcpdump: eth0", durationMs }));
  return own.start("tcpdump", /listening on/).catch((error: unknown) => error);
};

test("a command that has not become ready in its time was late, and one that ended at once was not", async () => {
  expect(await failure(6000)).toMatchObject({ verdict: "guide", details: { late: 6000 } });
  expect(await failure(90)).not.toHaveProperty("details.late");
});
