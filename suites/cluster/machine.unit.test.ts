import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { type Connection, InfrastructureError } from "../../harness/cluster.ts";
import { terminal } from "../../harness/run/testing.ts";
import { temporaryFolder } from "../../harness/testing.ts";
import { SuiteMachine } from "./machine.ts";
import { machineOf } from "./testing.ts";
import { AnswerTimeout } from "./waits/answer-timeout.ts";

test("a file is there or not, and a machine that does not say is not taken for one without it", async () => {
  const folder = temporaryFolder();
  const own = machineOf(() => undefined);
  expect([await own.has(folder), await own.has(`${folder}/none`)]).toEqual([true, false]);
  const silent = machineOf(() => ({ exitCode: 124, timedOut: true }));
  await expect(silent.has(folder)).rejects.toMatchObject({ verdict: "guide", details: { late: 1 } });
});

test("what a command has not said in its time is no answer", async () => {
  const silent = machineOf(() => ({ exitCode: 124, timedOut: true, durationMs: 30_000 }));
  await expect(silent.inPath("kubectl")).rejects.toMatchObject({
    verdict: "guide",
    details: { late: 30_000 },
  });
  const own = machineOf(() => undefined);
  expect(await own.result("exit 3")).toMatchObject({ exitCode: 3 });
  expect([await own.inPath("bash"), await own.inPath("no-such-program")]).toEqual([
    expect.stringMatching(/\/bash$/),
    "",
  ]);
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

test.each([
  ["infrastructure", "the connection was lost, and not the answer"],
  ["guide", "the connection goes on"],
])("an answer that breaks off is the %s's where %s", async (verdict) => {
  const { connection } = terminal("node", {});
  const exec: Connection["exec"] = async (...asked) => {
    if (verdict === "infrastructure") throw new InfrastructureError("node: connection lost");
    return connection.exec(...asked);
  };
  const cut = new PassThrough();
  const spec = { name: "node", address: "192.0.2.2", role: "node" } as const;
  const own = new SuiteMachine(spec, { ...connection, exec, forward: async () => cut }, new AnswerTimeout());
  const asked = own.http({ port: 8001, path: "/api" });
  setImmediate(() => void cut.destroy());
  await expect(asked).rejects.toMatchObject({ verdict });
});
