import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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

let folder: string;
let run: Run;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-test-"));
  vi.stubEnv("XDG_STATE_HOME", folder);
  down.mockClear();
  run = new Run(
    { ...defaultSettings, cluster: "taken" },
    new Recorder("test", "up", facts, []),
    new AbortController().signal,
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
  expect(await run.down()).toEqual([]);
  expect(down).not.toHaveBeenCalled();
});

test("a cluster that the run brought up is removed, even if what came after failed", async () => {
  up.mockImplementation(async (spec) => ({ spec, machines: [], assists: [] }));
  // No machine of it answers.
  await expect(run.up(prepared)).rejects.toThrow("The cluster has no machine t71");
  expect(await run.down()).toEqual(["a machine"]);
  expect(down).toHaveBeenCalledExactlyOnceWith("taken", expect.anything());
});

test("a run that never came to its machines removes nothing", async () => {
  expect(await run.down()).toEqual([]);
  expect(down).not.toHaveBeenCalled();
});
