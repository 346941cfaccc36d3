import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Context } from "../context.ts";
import { Deadlines } from "../deadlines.ts";
import { UsageError } from "../errors.ts";
import type { ClusterSpec, Provider, RunningCluster } from "../machines/machine.ts";
import { Recorder } from "./recorder.ts";
import { Run } from "./run.ts";
import { defaultSettings } from "./settings.ts";

const up = vi.fn<(spec: ClusterSpec) => Promise<RunningCluster>>();
const down = vi.fn<(id: string) => Promise<string[]>>(async () => ["a machine"]);
vi.mock(import("../machines/index.ts"), async (original) => ({
  ...(await original()),
  provider: () => ({
    ...nobody,
    layout: async (wanted) => wanted,
    up,
    down,
  }),
}));

const nobody: Provider = {
  name: "nspawn",
  online: false,
  cannotProve: [],
  lacks: [],
  ports: [],
  layout: async (wanted) => wanted,
  probe: async () => [],
  prepare: async () => undefined,
  up: async () => Promise.reject(new Error("not asked")),
  open: async () => undefined,
  down: async () => [],
  list: async () => [],
};

const facts = {
  provider: "nspawn",
  artifactSet: "debian",
  versions: {},
  ports: [],
  dropped: [],
  cannotProve: [],
};
const prepared = { folder: "/set", files: [], images: "images.tar" };

const context: Context = { signal: new AbortController().signal, deadlines: new Deadlines() };
let folder: string;
let run: Run;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-test-"));
  vi.stubEnv("XDG_STATE_HOME", folder);
  down.mockClear();
  run = new Run(
    { ...defaultSettings, cluster: "taken" },
    new Recorder("test", "up", facts, []),
    context,
    folder,
  );
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a cluster that was there already is not removed by the run that was refused it", async () => {
  up.mockRejectedValue(new UsageError("There is a cluster taken already"));
  await expect(run.up(prepared)).rejects.toThrow("already");
  await run.end("never", false, context);
  expect(down).not.toHaveBeenCalled();
});

test("a cluster that the run brought up is removed, even if what came after failed", async () => {
  up.mockImplementation(async (spec) => ({ spec, machines: [], assists: [] }));
  // No machine of it answers.
  await expect(run.up(prepared)).rejects.toThrow("The cluster has no machine t71");
  await run.end("if passed", false, context);
  expect(down).toHaveBeenCalledOnce();
  expect(down.mock.lastCall?.[0]).toBe("taken");
});

test("machines that are still being made when the run is ended are removed", async () => {
  up.mockReturnValue(new Promise(() => undefined));
  void run.up(prepared);
  await vi.waitFor(() => expect(up).toHaveBeenCalled());
  await run.end("always", false, context);
  expect(down).toHaveBeenCalledOnce();
});

test("a run that never came to its machines removes nothing", async () => {
  await run.end("never", true, context);
  expect(down).not.toHaveBeenCalled();
});
