import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { SshEndpoint } from "../../machines/machine.ts";
import { startTestServer } from "../../machines/ssh/test-server.ts";
import { testContext } from "../../testing.ts";
import type { ClusterState } from "./state.ts";
import { openRunning } from "./open.ts";

test("one machine that cannot be reached leaves no connection to the others open", async () => {
  await using server = await startTestServer();
  const path = join(server.folder, "hangs-up");
  const hangUp = async (socket: Socket): Promise<void> => {
    // Only when the other one is there to be left open.
    await vi.waitUntil(() => server.connections() === 1);
    socket.destroy();
  };
  const listener = createServer((socket) => void hangUp(socket)).listen(path);
  const nowhere = { kind: "unix", path } as const;
  const endpoints: SshEndpoint[] = [
    server.endpoint,
    { ...server.endpoint, machine: "t72", transport: nowhere },
  ];
  const machines = endpoints.map((endpoint) => ({
    spec: { name: endpoint.machine, address: "192.168.4.71", role: "node" },
    endpoint,
  }));
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what it takes to connect
  const running = { spec: { machines: [] }, machines, assists: [] } as unknown as Parameters<
    typeof openRunning
  >[0];
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what it takes to connect
  const state = { id: "c" } as ClusterState;
  await expect(openRunning(running, state, testContext())).rejects.toThrow(/^t72: no SSH connection/);
  await vi.waitFor(() => expect(server.connections()).toBe(0));
  listener.close();
});
