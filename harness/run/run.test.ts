import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { broughtSets } from "../artifacts/index.ts";
import type { Context } from "../context.ts";
import { Deadlines } from "../deadlines.ts";
import { ArtifactError, GuideFailure, Interrupted, UsageError } from "../errors.ts";
import { recordedSet } from "../faults/recorded.ts";
import type { ClusterSpec, Provider, RunningCluster, RunningMachine } from "../machines/machine.ts";
import { askedClaims, unprovableFrom } from "../machines/starting-state.ts";
import { loadClusterState } from "./cluster/state.ts";
import { Recorder } from "./recorder.ts";
import { Surroundings } from "./cluster/surroundings.ts";
import { Run } from "./run.ts";
import { defaultSettings } from "../settings/settings.ts";
import type { SuiteProgram } from "./suites/program.ts";
import { terminal } from "./testing.ts";
import { temporaryFolder } from "../testing.ts";

const up = vi.fn<(spec: ClusterSpec) => Promise<RunningCluster>>();
const down = vi.fn<(id: string) => Promise<string[]>>(async () => ["a machine"]);
vi.mock(import("../machines/index.ts"), async (original) => ({
  ...(await original()),
  provider: () => ({
    ...nobody,
    prepare: makeImage,
    up,
    open: async () => opened,
    down,
  }),
}));

const makeImage = vi.fn<Provider["prepare"]>(async () => undefined);

/** The cluster that a later command finds. */
let opened: RunningCluster | undefined;

/** What machines print when they are asked what they are, and whether their boot is over, answer by answer. */
let said = "";
let booting: string[] = [];
const answer = (command: string): { stdout: string; timedOut?: boolean } => {
  if (command.includes("slowly")) return { stdout: "half a w", timedOut: true };
  if (command.includes("is-system-running")) return { stdout: booting.shift() ?? "" };
  return { stdout: command.includes("uname -r") ? said : "" };
};
vi.mock(import("../machines/ssh/connect.ts"), async (original) => ({
  ...(await original()),
  connect: async ({ machine }) => {
    connected.push(machine);
    return terminal(machine, {}, answer).connection;
  },
}));
const connected: string[] = [];

/** Machines that answer, each of which can be rebooted. */
const answering = async (spec: ClusterSpec): Promise<RunningCluster> => {
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what a run asks of machines
  const machines = spec.machines.map((one) => ({
    spec: one,
    endpoint: { machine: one.name },
    async reboot() {
      rebooted.push(one.name);
      return this;
    },
  })) as unknown as RunningMachine[];
  return { spec, machines, assists: [] };
};

const rebooted: string[] = [];

const nobody: Provider = {
  name: "nspawn",
  online: false,
  cannotProve: [],
  limitations: [],
  ports: [],
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
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", folder);
  down.mockClear();
  run = new Run(
    { ...defaultSettings, cluster: "taken" },
    new Recorder("test", "up", facts, []),
    context,
    folder,
  );
});
afterEach(() => void vi.unstubAllEnvs());

test("a cluster that was there already is not removed by the run that was refused it", async () => {
  up.mockRejectedValue(new UsageError("There is a cluster taken already"));
  await expect(run.up(prepared)).rejects.toThrow("already");
  await run.machines.end("never", false, context);
  expect(down).not.toHaveBeenCalled();
});

test("a cluster that the run brought up is removed, even if what came after failed", async () => {
  up.mockImplementation(async (spec) => ({ spec, machines: [], assists: [] }));
  // No machine of it answers.
  await expect(run.up(prepared)).rejects.toThrow("The cluster has no machine t71");
  await run.machines.end("if passed", false, context);
  expect(down).toHaveBeenCalledOnce();
  expect(down.mock.lastCall?.[0]).toBe("taken");
});

test("machines that are still being made when the run is ended are removed", async () => {
  up.mockReturnValue(new Promise(() => undefined));
  void run.up(prepared);
  await vi.waitFor(() => expect(up).toHaveBeenCalled());
  await run.machines.end("always", false, context);
  expect(down).toHaveBeenCalledOnce();
});

test("a run that never came to its machines removes nothing", async () => {
  await run.machines.end("never", true, context);
  expect(down).not.toHaveBeenCalled();
});

test("what is proved is asked of the machines before the guide begins, whatever their box is called", async () => {
  vi.stubEnv("GUIDE_BOX", "centos/7");
  up.mockImplementation(answering);
  said =
    "os CentOS Linux release 7.5.1804 (Core)\nkernel 3.10.0-862.2.3.el7.x86_64\nselinux 1\nactive inactive\nenabled disabled\n";
  await run.up(prepared);
  const open = [
    {
      claim: "firewalld",
      reason:
        "before the guide began: inactive, disabled on t71, t72 and t76. The guide starts from active, enabled",
    },
  ];
  expect(run.recorder.facts.cannotProve).toEqual(open);
  await run.machines.end("always", true, context);
  said = "os another";
  const state = await loadClusterState("taken");
  expect(unprovableFrom(state?.startedFrom), "a later command knows what was seen then").toEqual(open);
});

test("a later run on a cluster tells what helped the guide there", async () => {
  up.mockImplementation(async (spec) => (opened = await answering(spec)));
  await run.up(prepared);
  const assist = { id: "image-preload", reason: "there is no registry", machine: "t72" };
  run.recorder.assist(assist);
  await run.machines.end("always", true, context);
  const later = new Run(run.settings, new Recorder("later", "suite", facts, []), context, folder);
  await later.machines.open();
  expect(later.recorder.assists).toContainEqual(assist);
});

test("hosts that are adopted carry the guide: what they were before was seen by nobody", async () => {
  up.mockImplementation(answering);
  const adopted = new Run({ ...run.settings, adopt: true }, run.recorder, context, folder);
  await adopted.up(prepared);
  expect(adopted.recorder.facts.cannotProve.map(({ claim }) => claim)).toEqual(askedClaims);
});

test("an artifact that cannot be had ends what is built beside it, and is what is told", async () => {
  let ended = false;
  const building = Promise.withResolvers<void>();
  makeImage.mockImplementationOnce(async (_progress, { signal }) => {
    building.resolve();
    await once(signal, "abort");
    await rm(join(folder, "image"), { force: true });
    ended = true;
    throw new Interrupted("The build was interrupted");
  });
  const lost = new ArtifactError("upstream has no such file");
  const set = recordedSet(folder, async () => {
    await building.promise;
    throw lost;
  });
  broughtSets.set("lost", set);
  const asked = new Run({ ...run.settings, artifacts: "lost" }, run.recorder, context, folder).prepare();
  await expect(asked).rejects.toBe(lost);
  expect(ended).toBe(true);
  broughtSets.delete("lost");
});

test("a machine is rebooted to the end of its boot, whatever came of it, and asked anew", async () => {
  up.mockImplementation(async (spec) => (opened = await answering(spec)));
  await run.up(prepared);
  booting = ["starting\n", "degraded\n"];
  await run.machines.reboot("t72");
  expect(rebooted).toEqual(["t72"]);
  expect(booting).toEqual([]);
  await expect(run.machines.reboot("t73")).rejects.toThrow("no machine t73");
});

test("what a script has printed that did not come to its end in time is no answer", async () => {
  up.mockImplementation(answering);
  await run.up(prepared);
  expect(await run.exec("t71", "quickly")).toEqual({ exitCode: 0, output: "" });
  await expect(run.exec("t71", "slowly")).rejects.toMatchObject({
    verdict: "infrastructure",
    details: { machine: "t71", command: "slowly" },
  });
});

const suites = join(import.meta.dirname, "../faults/fake-suites.ts");
const fake: SuiteProgram = {
  run: (milestones) => [suites, "green", "token", ...milestones],
  list: async (milestones) => milestones.map((milestone) => ({ milestone, name: "first" })),
};

test("after suites that boot machines the run connects to them anew, and compares them with their new boot", async () => {
  up.mockImplementation(async (spec) => (opened = await answering(spec)));
  const whole = new Run(run.settings, run.recorder, context, folder, fake);
  await whole.up(prepared);
  connected.length = 0;
  const remember = vi.spyOn(Surroundings.prototype, "remember");
  await whole.suites(["etcd"]);
  expect(connected).toEqual([]);
  expect(remember).not.toHaveBeenCalled();
  await whole.suites(["reboot"]);
  // What happened to links before the boots is kept, once.
  expect(remember).toHaveBeenCalledOnce();
  expect(connected).toEqual(["t71", "t72", "t76"]);
  expect(whole.recorder.tests.map(({ milestone, outcome }) => `${milestone} ${outcome}`)).toEqual([
    "etcd passed",
    "etcd passed",
    "reboot passed",
    "reboot passed",
  ]);
});

test("a machine that a boot has taken away is asked no more: it is known why it does not answer", async () => {
  up.mockImplementation(async (spec) => (opened = await answering(spec)));
  const away = {
    ...fake,
    run: (milestones: readonly string[]) => [suites, "red and away", "token", ...milestones],
  };
  const whole = new Run(run.settings, run.recorder, context, folder, away);
  await whole.up(prepared);
  connected.length = 0;
  await whole.suites(["reboot"]);
  expect(connected).toEqual(["t71", "t76"]);
  expect(whole.machines.connections(context).map(({ machine }) => machine)).toEqual(["t71", "t76"]);
});

test("no machine is booted before it is known that the units that were started last stay up", async () => {
  up.mockImplementation(async (spec) => (opened = await answering(spec)));
  const whole = new Run(run.settings, run.recorder, context, folder, fake);
  await whole.up(prepared);
  const died = new GuideFailure("4.2.5/start-network@t72: docker failed");
  const asked = whole.suites(["reboot"], { before: async (beside) => beside(Promise.reject(died)) });
  await expect(asked).rejects.toBe(died);
  expect(whole.recorder.tests.map(({ outcome }) => outcome)).toEqual(["skipped"]);
});
