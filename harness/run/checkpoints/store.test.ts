import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildPlan } from "../../guide/plan/plan.ts";
import type { Provider } from "../../machines/machine.ts";
import { nspawn } from "../../machines/nspawn/provider.ts";
import type { ExecResult } from "../../machines/ssh/connection.ts";
import { loadSample, testContext, temporaryFolder } from "../../testing.ts";
import { guideMachines } from "../../profile/testing.ts";
import type { OpenCluster } from "../cluster/open.ts";
import { Recorder } from "../recorder.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { CheckpointStore } from "./store.ts";
import { type CheckpointMetadata, readMetadata, writeMetadata } from "./metadata.ts";
import { usableOn, chainOf } from "./chain.ts";
import { printedState } from "./testing.ts";

/** What a provider has saved, by key; `down` is what no boot brings up. */
const pool = new Set<string>();
let down: string[] = [];
/** What does not stay up when it is saved. */
let failing: string[] = [];
let full = false;
/** Whether the machine is booted again and again. */
let cut = false;
const savable: Provider & Required<Pick<Provider, "checkpoints">> = {
  ...nspawn,
  checkpoints: {
    base: async () => "base",
    list: async () => [...pool],
    save: async (_id, key) => {
      if (full) throw new Error("no space left");
      pool.add(key);
    },
    remove: async (keys) => keys.filter((key) => pool.delete(key)),
    bytes: async () => 0,
  },
};
let machines: Provider = savable;
// On a busy host nobody can tell what was late from what does not come.
vi.mock(import("../../host/load.ts"), async (original) => ({
  ...(await original()),
  sampleLoad: () => loadSample({ at: performance.now() }),
}));
vi.mock(import("../../machines/index.ts"), async (original) => ({
  ...(await original()),
  provider: () => machines,
  allProviders: () => [machines],
}));

const plan = await buildPlan({
  guideFile: defaultSettings.guide,
  ports: ["embedded-os"],
  errata: [],
  extraEdits: [],
});
const [first, second, third] = ["2.4.4/start-etcd", "2.5.1/create-ca", "2.6.2.4/start-apiserver"].map(
  (id) => {
    const group = plan.groups.find((one) => one.id === id);
    if (!group) throw new Error(`no ${id}`);
    return group;
  },
);
if (!first || !second || !third) throw new Error("no blocks");

const startedFrom = { t71: { os: "Debian", kernel: "6.1", selinux: "off", firewalld: "active, enabled" } };
/** Units that are up on t71; each state has those of the one before. */
let up: string[] = [];
const answer = (stdout: string): ExecResult => ({
  exitCode: 0,
  stdout,
  stderr: "",
  durationMs: 1,
  timedOut: false,
});
const cluster = (booted: boolean, asked: string[] = []): OpenCluster => {
  const connection = {
    machine: "t71",
    with: () => connection,
    exec: async (command: string): Promise<ExecResult> => {
      asked.push(command);
      if (command.includes("carrier")) return answer(cut ? `boot ${asked.length}\n` : "");
      const lost = booted ? down : [];
      return answer(
        printedState(
          up.filter((id) => !lost.includes(id)),
          booted ? lost : failing,
        ),
      );
    },
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what the store asks of a cluster
  return {
    id: "c",
    machines: guideMachines.slice(0, 1),
    state: { settings: { provider: "nspawn", guide: defaultSettings.guide }, startedFrom },
    connection: () => connection,
  } as unknown as OpenCluster;
};

const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };
let recorder: Recorder;
let notes: string[];
const prepared = { folder: "/set", files: [], images: "images.tar" };

async function store(): Promise<CheckpointStore> {
  notes = [];
  const onEvent = (event: { type: string; message?: string }): void => {
    if (event.type === "note") notes.push(event.message ?? "");
  };
  recorder = new Recorder("run-1", "e2e", facts, [{ name: "test", onEvent }]);
  const made = await CheckpointStore.of({
    settings: defaultSettings,
    plan,
    plans: [plan],
    prepared,
    recorder,
    context,
  });
  if (!made) throw new Error("no store");
  return made;
}

const start = vi.fn<(note: CheckpointMetadata) => Promise<OpenCluster>>();
const remove = vi.fn<() => Promise<void>>(async () => undefined);
const context = testContext();
const resume = async (after?: string): Promise<string | undefined> =>
  (await (await store()).resume({ start, remove, ...(after !== undefined && { after }) }))?.after;

/** Saves a state after each of three blocks, the second with kubelet up as well. */
async function saveThree(): Promise<void> {
  const saving = await store();
  const places = { t71: { cwd: "/root", environment: "" } };
  up = ["etcd"];
  await saving.save(first!, cluster(false), places);
  up = ["etcd", "kubelet"];
  await saving.save(second!, cluster(false), places);
  await saving.save(third!, cluster(false), places);
}

let cache: string;
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  pool.clear();
  machines = savable;
  [down, failing, full, cut] = [[], [], false, false];
  start.mockReset().mockImplementation(async () => cluster(true));
  remove.mockClear();
});
afterEach(() => void vi.unstubAllEnvs());

test("what is saved has a track of its own, for the guide goes on meanwhile", async () => {
  await saveThree();
  expect(recorder.spans.map(({ track, name }) => `${track}: ${name}`)).toEqual([
    `checkpoints: ${first.id}`,
    `checkpoints: ${second.id}`,
    `checkpoints: ${third.id}`,
  ]);
});

test("machines are not saved while what a step has started does not stay up, but whatever else has failed", async () => {
  const saving = await store();
  failing = ["etcd", "kdump"];
  expect(await saving.save(first, cluster(false), {})).toBe(false);
  expect([...pool]).toEqual([]);
  expect(notes).toContain("No checkpoint after 2.4.4/start-etcd: etcd of t71 does not stay up");
  failing = ["kdump"];
  expect(await saving.save(second, cluster(false), {})).toBe(true);
});

test("without checkpoints nothing is started", async () => {
  expect(await resume()).toBeUndefined();
  expect(start).not.toHaveBeenCalled();
});

test("the state after a block that is asked for is taken, and no other", async () => {
  await saveThree();
  expect(await resume("2.5.1/create-ca")).toBe("2.5.1/create-ca");
  const way = await chainOf(plan, defaultSettings, prepared, context);
  expect((way && (await usableOn(way, context))[0])?.after).toBe("2.6.2.4/start-apiserver");
  await expect(resume("2.6.3.3/start-scheduler")).rejects.toThrow(
    "no checkpoint after 2.6.3.3/start-scheduler",
  );
  down = ["kubelet"];
  await expect(resume("2.5.1/create-ca")).rejects.toThrow("no checkpoint after 2.5.1/create-ca");
});

test("the state after the most steps is taken, and the run says whose steps those are", async () => {
  await saveThree();
  expect(await resume()).toBe(third.id);
  expect(recorder.facts.resumed).toMatchObject({ after: third.id, run: "run-1", booted: true });
  expect(recorder.facts.rebootFindings).toBeUndefined();
  expect(remove).not.toHaveBeenCalled();
});

test("what the machines started from is known to whoever goes on from a checkpoint", async () => {
  await saveThree();
  await resume();
  expect(start.mock.lastCall?.[0].startedFrom).toEqual(startedFrom);
});

test("what does not come up again is a finding, and after two such boots no state that has it is tried", async () => {
  await saveThree();
  down = ["kubelet"];
  expect(await resume()).toBe(first.id);
  const findings = [third.id, second.id].map((after) => ({
    after,
    machine: "t71",
    what: ["unit kubelet.service"],
  }));
  expect(recorder.facts.rebootFindings).toEqual(findings);
  expect(notes[0]).toContain("does not survive a reboot: unit kubelet.service");
  expect([start, remove].map(({ mock }) => mock.calls.length)).toEqual([3, 2]);
  expect(await resume(), "the next run knows").toBe(first.id);
  expect(recorder.facts.rebootFindings).toEqual(findings);
  expect(start).toHaveBeenCalledTimes(4);
});

test("a state before the step that broke it survives, and is taken", async () => {
  await saveThree();
  start.mockImplementation(async (note) => {
    down = note.after === third.id ? ["kubelet"] : [];
    return cluster(true);
  });
  expect(await resume()).toBe(second.id);
  expect(await resume()).toBe(second.id);
  expect(start).toHaveBeenCalledTimes(3);
});

test("what does not come up on a machine that something else happens to says nothing of the checkpoint", async () => {
  await saveThree();
  [down, cut] = [["kubelet"], true];
  await expect(resume()).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("unit kubelet.service of t71 did not come up again: t71 rebooted"),
  });
  expect((await readMetadata()).some(({ lost }) => lost)).toBe(false);
  expect(recorder.facts.rebootFindings).toBeUndefined();
});

test("what a starved host kept down is no finding, and a checkpoint before it is taken", async () => {
  await saveThree();
  start.mockImplementation(async (note) => {
    cut = note.after === third.id;
    down = cut ? ["kubelet"] : [];
    return cluster(true);
  });
  expect(await resume()).toBe(second.id);
  expect((await readMetadata()).some(({ lost }) => lost)).toBe(false);
  expect(recorder.facts.rebootFindings).toBeUndefined();
  expect(notes[0]).toMatch(/did not come up again: t71 rebooted.*; a checkpoint before it is tried$/);
  expect([start, remove].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
});

test("where nothing survives, nothing is left running", async () => {
  await saveThree();
  down = ["etcd"];
  expect(await resume()).toBeUndefined();
  expect([start, remove].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
});

test("a state that cannot be saved is told once, has no metadata, and ends the saving", async () => {
  full = true;
  await saveThree();
  expect(notes).toEqual([`No checkpoint after ${first.id}: no space left`]);
  expect(await readMetadata()).toEqual([]);
});

test("what is saved without metadata is removed by the next run, and so is old metadata of what is gone", async () => {
  await saveThree();
  pool.add("of-nobody");
  await store();
  expect(pool.size).toBe(3);
  const [gone, saving] = await readMetadata();
  if (!gone || !saving) throw new Error("no metadata");
  // Of a process that is over: Linux's highest number is 2^22.
  await writeMetadata({ ...gone, run: `20190401T000000-e2e-${2 ** 22 + 1}` });
  await writeMetadata({ ...saving, run: `20190401T000000-e2e-${process.pid}` });
  for (const { key } of [gone, saving]) pool.delete(key);
  await store();
  expect((await readMetadata()).map(({ key }) => key).toSorted()).toEqual([...pool, saving.key].toSorted());
});

test("a checkpoint whose leases of flannel have ended in etcd is removed, and says nothing of the guide", async () => {
  await saveThree();
  const savedAt = new Date(Date.now() - 25 * 3_600_000).toISOString();
  for (const one of await readMetadata()) {
    const flannel = one.after === third.id ? ["address flannel.1 10.254.3.0/32"] : [];
    await writeMetadata({ ...one, savedAt, up: { t71: [...(one.up["t71"] ?? []), ...flannel] } });
  }
  expect(await resume()).toBe(second.id);
  expect(pool.size).toBe(2);
});

describe("where a checkpoint is a part of its cluster", () => {
  beforeEach(() => void (machines = { ...savable, checkpoints: { ...savable.checkpoints, inPlace: true } }));

  test("machines go on with the leases they hold", async () => {
    up = ["kube-scheduler"];
    await (await store()).save(third, cluster(false), {});
    const asked: string[] = [];
    start.mockImplementation(async () => cluster(true, asked));
    expect(await resume()).toBe(third.id);
    expect(asked.join()).not.toContain("delete");
  });

  test("its metadata says whose it is, and a run on it speaks of no boot", async () => {
    await saveThree();
    expect(new Set((await readMetadata()).map((note) => note.cluster))).toEqual(new Set(["c"]));
    await resume();
    expect(recorder.facts.resumed).toMatchObject({ after: third.id, booted: false });
  });

  test("what is missing is not the guide's doing, and costs nobody the cluster", async () => {
    await saveThree();
    down = ["kubelet"];
    await expect(resume()).rejects.toMatchObject({
      verdict: "infrastructure",
      message: "t71 is not as it was when it was saved: unit kubelet.service",
    });
    expect(remove).not.toHaveBeenCalled();
    expect((await readMetadata()).some(({ lost }) => lost)).toBe(false);
  });
});
