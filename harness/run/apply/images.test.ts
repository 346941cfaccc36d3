import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import type { StepGroup } from "../../guide/types.ts";
import { ImageLoading } from "./images.ts";
import type { OpenCluster } from "../cluster/open.ts";
import { Recorder } from "../recorder.ts";
import { group as groupOf, run, step } from "../testing.ts";

useStateFolder();

const group = (script: string): StepGroup => groupOf(step("3.1/x", "t72", run(script)));
const starts = group("systemctl start docker");

let loads: number[] = [];
let running = true;
let mute = false;
const asked: string[] = [];
const connection = {
  machine: "t72",
  exec: async (command: string) => {
    asked.push(command);
    const exitCode = command.startsWith("docker load") ? (loads.shift() ?? 0) : running ? 0 : 3;
    const timedOut = mute && !command.startsWith("docker load");
    return {
      exitCode: timedOut ? 124 : exitCode,
      stdout: !timedOut && running ? "active\n" : "",
      stderr: "Cannot connect to the Docker daemon",
      durationMs: 1,
      timedOut,
    };
  },
};
// oxlint-disable-next-line no-unsafe-type-assertion -- only what the loading asks of a cluster
const cluster = {
  state: { images: "images.tar" },
  machines: [{ name: "t72", role: "node" }],
  connection: () => connection,
} as unknown as OpenCluster;

const unhandled = vi.fn<(reason: unknown) => void>();
const notes: string[] = [];
let recorder: Recorder;
let images: ImageLoading;

beforeEach(() => {
  process.on("unhandledRejection", unhandled);
  [loads, running, mute, asked.length, notes.length] = [[], true, false, 0, 0];
  const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };
  const onEvent = (event: { type: string; message?: string }): void => {
    if (event.type === "note") notes.push(event.message ?? "");
  };
  recorder = new Recorder("run-1", "e2e", facts, [{ name: "notes", onEvent }]);
  images = new ImageLoading(cluster, recorder, []);
});
afterEach(() => void process.off("unhandledRejection", unhandled));

test("a machine that does not say whether Docker runs has not said that the guide stopped it", async () => {
  loads = [1];
  mute = true;
  images.after(starts);
  await expect(images.ended()).rejects.toThrow(InfrastructureError);
  expect(notes).toEqual([]);
});

test("a failure while nobody waits is kept, and thrown to who does", async () => {
  loads = [1];
  images.after(starts);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  await setImmediate();
  expect(unhandled).not.toHaveBeenCalled();
  const failure = await images.ended().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InfrastructureError);
  expect(failure).toHaveProperty("message", "t72: the images could not be loaded into Docker");
});

test("Docker that the guide has stopped again is the guide's own: the images wait for its next start", async () => {
  loads = [1];
  running = false;
  images.after(group("systemctl start docker; systemctl stop docker.socket docker"));
  await images.settled();
  await images.ended();
  expect(notes).toEqual(["t72: the images could not be loaded, for Docker does not run there any more."]);
  expect(recorder.assists).toEqual([]);
  running = true;
  images.after(starts);
  await images.ended();
  expect(recorder.assists).toMatchObject([{ id: "image-preload", machine: "t72" }]);
});

test.each([
  "sudo systemctl enable --now docker",
  "for u in docker; do systemctl restart $u; done",
  "service docker start",
  "ssh t72 systemctl start docker.service",
])("images are loaded where Docker is started by `%s`", async (script) => {
  images.after(group(script));
  await images.ended();
  expect(recorder.assists).toMatchObject([{ id: "image-preload", machine: "t72" }]);
});

test.each(["./install.sh", "sudo docker ps"])("a block with `%s` waits for the images", async (script) => {
  images.after(starts);
  await images.before(group(script));
  expect(recorder.assists).toHaveLength(1);
});

test("a block that has nothing to do with Docker does not wait", async () => {
  images.after(starts);
  await images.before(group("ip link delete docker0"));
  expect(recorder.assists).toEqual([]);
});

test.each([true, false])(
  "images are loaded after the last block where Docker runs for any other reason: %s",
  async (is) => {
    running = is;
    images.after(group("systemctl enable docker; systemctl start kubelet"));
    await images.rest();
    await images.ended();
    expect(recorder.assists.map(({ machine }) => machine)).toEqual(is ? ["t72"] : []);
  },
);

test("a run has them loaded after the last block, on each node", longTimeout, async () => {
  await using world = await FaultTestbed.make();
  world.docker = true;
  const { assists } = await world.run();
  const loaded = assists.flatMap(({ id, machine = "" }) => (id === "image-preload" ? machine : []));
  expect(new Set(loaded)).toEqual(new Set(["t72", "t76"]));
});

test("images are loaded once on a machine", async () => {
  images.after(starts);
  images.after(starts);
  await images.before(group("docker ps"));
  expect(asked).toHaveLength(1);
});
