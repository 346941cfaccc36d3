import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { InfrastructureError, Interrupted } from "../../errors.ts";
import { silent } from "../../progress.ts";
import { Deadlines } from "../../deadlines.ts";
import { testContext } from "../../testing.ts";
import { startTestServer } from "../ssh/test-server.ts";
import { profile } from "../../profile/testing.ts";
import { listRecords } from "./restore/record.ts";
import { take } from "./up.ts";

afterEach(() => void vi.unstubAllEnvs());

/** Two hosts, of which the second accepts connections and says nothing. */
async function hosts(onConnection: () => void = () => undefined) {
  const server = await startTestServer();
  vi.stubEnv("XDG_STATE_HOME", join(server.folder, "state"));
  const path = join(server.folder, "mute");
  const mute = createServer(onConnection).listen(path);
  const specs = ["a", "b"].map((name, index) => ({
    name,
    address: `192.168.77.${index + 1}`,
    role: index === 0 ? ("master" as const) : ("node" as const),
  }));
  const endpoints = [
    { ...server.endpoint, machine: "a" },
    { ...server.endpoint, machine: "b", transport: { kind: "unix", path } as const },
  ];
  const inventory = {
    file: "hosts.yaml",
    os: "debian12" as const,
    hosts: specs.map((spec, index) => ({ spec, endpoint: endpoints[index] ?? server.endpoint })),
  };
  const spec = { id: "own", kubernetes: "1.20.2", artifacts: "", needs: {}, online: true, machines: specs };
  return {
    server,
    inventory,
    spec,
    [Symbol.asyncDispose]: async () => {
      mute.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("an abort while hosts are taken ends it with its reason, and nobody has them", async () => {
  const controller = new AbortController();
  const reason = new Interrupted("Interrupted by SIGTERM");
  await using given = await hosts(() => controller.abort(reason));
  const context = testContext({ signal: controller.signal });
  const attempt = take(given.spec, given.inventory, { adopt: false, guide: profile }, silent, context);
  await expect(attempt).rejects.toBe(reason);
  expect(await listRecords()).toEqual([]);
  await vi.waitFor(() => expect(given.server.connections()).toBe(0));
});

test("a host that lets nobody in is named, and the connection to the other is closed", async () => {
  await using given = await hosts();
  const context = testContext({ deadlines: new Deadlines(1, { connect: 3_000 }) });
  const attempt = take(given.spec, given.inventory, { adopt: false, guide: profile }, silent, context);
  await expect(attempt).rejects.toThrow(InfrastructureError);
  await expect(attempt).rejects.toThrow(/^b: no SSH connection/);
  expect(existsSync(join(given.server.folder, "state/k8s-guide-conformance/inventory/own"))).toBe(false);
  await vi.waitFor(() => expect(given.server.connections()).toBe(0));
});
