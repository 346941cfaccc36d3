import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InfrastructureError, Interrupted } from "../../errors.ts";
import { broughtProviders } from "../../machines/index.ts";
import type { RunningMachine, SshEndpoint, StoppedMachine } from "../../machines/machine.ts";
import { startTestServer } from "../../machines/ssh/test-server.ts";
import { nspawn } from "../../machines/nspawn/provider.ts";
import { stateRoot } from "../../host/paths.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { context as recorded } from "../testing.ts";
import { RunCluster } from "./run-cluster.ts";
import { type ClusterState, leftTaken } from "./state.ts";
import { giveBack, openRunning } from "./open.ts";

beforeEach(() => void vi.stubEnv("XDG_STATE_HOME", temporaryFolder()));
afterEach(() => void vi.unstubAllEnvs());

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

const never = (): Promise<never> => new Promise(() => undefined);

/** A machine of a provider that writes down what becomes of it; each boot is told from the one before by its endpoint. */
function bootable(
  endpoint: SshEndpoint,
  log: string[],
  power: boolean,
  onBoot = (): void => undefined,
): RunningMachine {
  const { machine: name } = endpoint;
  const spec = { name, address: "192.168.4.71", role: "node" } as const;
  const again = (how: string) => async (): Promise<RunningMachine> => {
    log.push(`${name} ${how}`);
    onBoot();
    return bootable(endpoint, log, power);
  };
  const cutPower = async (): Promise<StoppedMachine> => {
    log.push(`${name} off`);
    return { spec, start: again("on") };
  };
  const returned = (before: string): Promise<RunningMachine> => again(`back from ${before}`)();
  const note = (what: string) => async (): Promise<void> => void log.push(`${name} ${what}`);
  const rest = { stop: never, cutLink: note("cut off"), healLink: note("linked") };
  return { ...rest, spec, endpoint, reboot: again("rebooted"), returned, ...(power && { cutPower }) };
}

async function cluster(
  server: Awaited<ReturnType<typeof startTestServer>>,
  power: boolean,
  onBoot?: () => void,
) {
  const log: string[] = [];
  const machines = ["t71", "t72"].map((machine) =>
    bootable({ ...server.endpoint, machine }, log, power, onBoot),
  );
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what it takes to connect
  const running = { spec: { machines: [] }, machines, assists: [] } as unknown as Parameters<
    typeof openRunning
  >[0];
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what it takes to connect
  return { log, open: await openRunning(running, { id: "c" } as ClusterState, testContext()) };
}

test("machines are booted at once, no power comes back before all of it is cut, and connections go on", async () => {
  await using server = await startTestServer();
  const { log, open } = await cluster(server, true);
  const held = open.connection("t71");
  await open.boot(["t71"], "reboot");
  await open.boot(["t71", "t72"], "power cut");
  await open.returned("t72", "an id");
  expect(log).toEqual(["t71 rebooted", "t71 off", "t72 off", "t71 on", "t72 on", "t72 back from an id"]);
  expect((await held.exec("echo there")).stdout.trim()).toBe("there");
  await vi.waitFor(() => expect(server.connections()).toBe(2));
  await expect(open.boot(["t73"], "reboot")).rejects.toThrow("no machine t73");
  await open.close();
});

test("a machine that was switched off stays so until it is given power again, and a cut link is healed once", async () => {
  await using server = await startTestServer();
  const { log, open } = await cluster(server, true);
  const powerOn = await open.powerOff(["t72"]);
  const heal = await open.cutLink("t71");
  expect(log).toEqual(["t72 off", "t71 cut off"]);
  await heal();
  await powerOn();
  expect(log.slice(2)).toEqual(["t71 linked", "t72 on"]);
  expect((await open.connection("t72").exec("echo there")).stdout.trim()).toBe("there");
  await expect(open.cutLink("t73")).rejects.toThrow("no machine t73");
  await open.close();
});

/** As if the process that has taken it away had ended. */
const orphan = (file: string): void =>
  writeFileSync(
    join(stateRoot(), "taken-away", "c", file),
    JSON.stringify({ pid: 1, start: 1, boot: "an earlier one" }),
  );

test("what a process has taken away and ended before it gave it back is given back, power before links, and told once", async () => {
  await using server = await startTestServer();
  const { log, open } = await cluster(server, true);
  const powerOn = await open.powerOff(["t72"]);
  await open.cutLink("t71");
  // Whoever has taken it still runs.
  expect(await leftTaken("c")).toEqual([]);
  orphan("t72.power.json");
  orphan("t71.link.json");
  log.length = 0;
  const machines = ["t71", "t72"].map((machine) => bootable({ ...server.endpoint, machine }, log, true));
  const [spec, assists] = [{ machines: [] }, []];
  broughtProviders.set("brought", {
    ...nspawn,
    name: "brought",
    // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
    open: async () => ({ spec, machines, assists }) as unknown as Awaited<ReturnType<typeof nspawn.open>>,
    powerOn: async (id, machine) => void log.push(`${id}: ${machine} on`),
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
  const state = { id: "c", settings: { ...defaultSettings, provider: "brought" } } as ClusterState;
  expect(await giveBack(state, testContext())).toEqual([
    expect.stringMatching(/^t72 was without power: /),
    expect.stringMatching(/^The link of t71 was cut: /),
  ]);
  expect(log).toEqual(["c: t72 on", "t71 linked"]);
  expect(await giveBack(state, testContext())).toEqual([]);
  orphan("t72.power.json");
  broughtProviders.set("brought", { ...nspawn, powerOn: () => Promise.reject(new Error("no such luck")) });
  await expect(giveBack(state, testContext())).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringMatching(/^t72 is without power: .*no such luck$/),
    details: { machine: "t72", hint: expect.stringContaining("pnpm down --cluster c") },
  });
  expect(await leftTaken("c")).toEqual([{ what: "power", machine: "t72" }]);
  broughtProviders.delete("brought");
  await powerOn();
  expect(await leftTaken("c")).toEqual([]);
  await open.close();
});

test("where there is no switch, nobody pretends to have cut the power", async () => {
  await using server = await startTestServer();
  const { log, open } = await cluster(server, false);
  expect(open.cutsPower).toBe(false);
  await expect(open.boot(["t71"], "power cut")).rejects.toThrow("Nobody can cut the power of t71");
  expect(log).toEqual([]);
  await open.close();
});

test.each([
  ["Give root password for maintenance", "guide"],
  ["Reached target multi-user.target", "infrastructure"],
])("a boot whose console ends with %j is a failure of the %s", async (console, verdict) => {
  await using server = await startTestServer();
  const { open } = await cluster(server, true, () => {
    throw new InfrastructureError("t72 does not answer SSH", { outputTail: console });
  });
  for (const how of ["reboot", "power cut"] as const) {
    await expect(open.boot(["t72"], how)).rejects.toMatchObject({ verdict });
  }
  await expect(open.returned("t72", "an id")).rejects.toMatchObject({ verdict });
  await open.close();
});

test("machines whose removal was ended are still the run's to remove", async () => {
  const down = vi.fn<typeof nspawn.down>(async () => []).mockRejectedValueOnce(new Interrupted("Ctrl-C"));
  await using server = await startTestServer();
  const machine = bootable({ ...server.endpoint, privateKeyFile: "/nowhere" }, [], false);
  const { checkpoints: _, ...unsaved } = nspawn;
  broughtProviders.set("brought", {
    ...unsaved,
    name: "brought",
    up: async (spec) => ({ spec, machines: [machine], assists: [] }),
    down,
  });
  const settings = { ...defaultSettings, cluster: "c", provider: "brought" };
  const { recorder, context } = recorded({});
  const owned = new RunCluster(settings, recorder, context);
  const prepared = { folder: "/set", files: [], images: "images.tar" };
  const up = owned.up({ settings, plan: undefined, plans: [], prepared, recorder, context }, false);
  await expect(up).rejects.toThrow("cannot read the private key");
  await expect(owned.end("never", false, context)).rejects.toThrow("Ctrl-C");
  await owned.end("never", false, context);
  await owned.end("never", false, context);
  expect(down).toHaveBeenCalledTimes(2);
  broughtProviders.delete("brought");
});
