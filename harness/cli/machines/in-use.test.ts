import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FaultTestbed } from "../../faults/world.ts";
import { holdCluster } from "../../machines/ledger/cluster-lock.ts";
import { forgetMetadata, readMetadata, writeMetadata } from "../../run/checkpoints/metadata.ts";
import { removeKeys } from "../../run/checkpoints/prune.ts";
import { forgetClusterState, saveClusterState } from "../../run/cluster/state.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder, testContext } from "../../testing.ts";
import { apply } from "../../../scripts/apply.ts";
import { e2e } from "../../../scripts/e2e.ts";
import { suite } from "../../../scripts/suite.ts";
import { up } from "../../../scripts/up.ts";
import { main } from "../command/base.ts";
import { typed } from "../command/testing.ts";
import { grouped } from "./clusters.ts";
import { sweep } from "./sweep.ts";

// The host itself is not the tests' to give back.
vi.mock(import("../../machines/nspawn/host/host-ledger.ts"), async (original) => ({
  ...(await original()),
  returnHost: () => Promise.resolve([]),
}));

const run = "run 20261130T190000-suite-7";
const lockModule = join(import.meta.dirname, "../../machines/ledger/cluster-lock.ts");
const script = `
  import { holdCluster } from ${JSON.stringify(lockModule)};
  const lock = await holdCluster("brk");
  await lock.say(${JSON.stringify(run)});
  console.log("held");
  await new Promise((resolve) => setTimeout(resolve, 2 ** 30));`;

let resource: string;
let state: string;
/** Another process, which holds the cluster `brk`: embedded machines whose only resource is a folder, which they give. */
let holder: ReturnType<typeof start>;
const start = () =>
  execa(process.execPath, ["--input-type=module-typescript", "--eval", script], { reject: false });
beforeAll(async () => {
  const home = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
  vi.stubEnv("XDG_CACHE_HOME", join(home, "cache"));
  state = join(home, "state/k8s-guide-conformance");
  resource = join(home, "resource");
  const cluster = join(state, "clusters/brk");
  await mkdir(resource);
  await mkdir(cluster, { recursive: true });
  const entries = [
    { kind: "owner", pid: 1, start: 1, boot: "another" },
    { kind: "directory", path: resource },
  ];
  await writeFile(
    join(cluster, "ledger.jsonl"),
    entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""),
  );
  holder = start();
  await new Promise((resolve) => void holder.stdout.once("data", resolve));
});
afterAll(() => {
  holder.kill("SIGKILL");
  vi.unstubAllEnvs();
});

/** What a command comes to, in this process. */
async function said(program: typeof suite | undefined, words: readonly string[]) {
  if (!program) return typed(words);
  let stderr = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => (stderr += String(text)) !== "");
  try {
    await main(program, words);
    return { stderr, exitCode: process.exitCode };
  } finally {
    spy.mockRestore();
    process.exitCode = undefined;
  }
}

test.each([
  ["suite", suite, "components"],
  ["apply", apply, ""],
  ["e2e", e2e, "--keep --offline"],
  ["up", up, ""],
  ["", undefined, "soak"],
  ["", undefined, "guide try --keep"],
  ["", undefined, "repro docker-options-name --keep"],
  ["", undefined, "snapshot restore x"],
  ["", undefined, "snapshot save x"],
  ["", undefined, "reset"],
  ["", undefined, "down"],
])("beside a run on the same cluster, %s $2 is refused", async (_, program, line) => {
  const words = [...line.split(" ").filter(Boolean), "--cluster", "brk"];
  const { stderr, exitCode } = await said(program, words);
  expect(stderr).toContain(`The cluster brk is in use: ${run}, \``);
  expect(stderr).toContain(`process ${holder.pid} on ${hostname()} since 20`);
  expect(stderr).toContain("Wait for its end, or end it with Ctrl-C where it runs.");
  expect(exitCode).toBe(2);
  expect(existsSync(resource)).toBe(true);
});

test.each([
  [suite, "netwrok", "There is no suite netwrok"],
  [e2e, "--keep --offline --suite netwrok", "There is no suite netwrok"],
])(
  "beside a run on the same cluster, a name that there is not is told first: %#",
  async (program, line, message) => {
    const { stderr, exitCode } = await said(program, [...line.split(" "), "--cluster", "brk"]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("in use");
    expect(exitCode).toBe(2);
  },
);

test("gc leaves a cluster with a run, and status tells the run", async () => {
  const { stdout } = await typed(["status"]);
  expect(stdout).toContain(`brk (in use: ${run}, \``);
  const swept = await sweep({ all: true, reports: state }, testContext());
  expect(swept).toMatchObject({ left: ["brk"], running: ["brk"], removed: [], failed: [] });
  expect(existsSync(resource)).toBe(true);
});

test("a checkpoint that is a part of a cluster with a run stays", async () => {
  const saved = { provider: "vagrant", after: "2/a", section: "2", steps: 1, run, milliseconds: 1 };
  const rest = { savedAt: new Date().toISOString(), places: {}, assists: [], up: {} };
  const [key, other] = ["026e3d29", "126e3d29"];
  await writeMetadata({ ...saved, ...rest, key, cluster: "brk" });
  await writeMetadata({ ...saved, ...rest, key: other });
  const { removed, problems } = await removeKeys([key, other], testContext());
  expect(removed).toEqual([]);
  expect(problems.map(({ verdict, message }) => `${verdict}: ${message}`)).toEqual([
    expect.stringContaining(`usage: The cluster brk is in use: ${run}, `),
  ]);
  expect((await readMetadata()).map((one) => one.key)).toEqual([key]);
  await forgetMetadata(key);
});

test("status tells the run and all machines of a cluster that does not answer while the run boots it", async () => {
  const machines = [
    { name: "t71", address: "192.168.4.71", role: "master" as const },
    { name: "t72", address: "192.168.4.72", role: "node" as const },
  ];
  await saveClusterState({
    id: "brk",
    settings: { ...defaultSettings, cluster: "brk" },
    versions: { kubernetes: "", etcd: "", flannel: "" },
    ports: [],
    machines,
    images: "",
    kept: true,
    places: {},
  });
  const { stdout } = await typed(["status"]);
  await forgetClusterState("brk");
  expect(stdout).toContain(`brk (in use: ${run}, \``);
  expect(stdout).toContain("  t71 192.168.4.71  not asked\n  t72 192.168.4.72  not asked");
});

test("down --force removes machines under a run; a run that was killed holds nobody off", async () => {
  const { exitCode, stdout } = await typed(["down", "--cluster", "brk", "--force"]);
  expect(exitCode).toBe(0);
  expect(stdout.split("\n")).toEqual(["Cluster brk is removed:", `  folder    ${resource}`, ""]);
  expect(grouped(["process 7 (anchor)", "cable to-t71", "process 8 (t71)"])).toEqual([
    "  process   7 (anchor), 8 (t71)",
    "  cable     to-t71",
  ]);
  expect((await typed(["down"])).stdout).toBe("There is no cluster main.\n");
  expect(existsSync(resource)).toBe(false);
  holder.kill("SIGKILL");
  await holder;
  expect(await readdir(join(state, "locks"))).toEqual(["brk.lock"]);
  const { problems } = await sweep({ reports: state }, testContext());
  expect(problems).toEqual([]);
  expect(await readdir(join(state, "locks"))).toEqual([]);
});

test("a run holds its cluster to its end, by its name, also where its process holds it already", async () => {
  await using world = await FaultTestbed.make();
  let written = "";
  world.hits.set("in prepare", async () => {
    written = await readFile(join(state, "locks", `${world.id}.lock`), "utf8");
  });
  const record = await world.run();
  expect(record.verdict).toBe("passed");
  expect(written).toContain(`run ${record.id}, \``);
  expect(await readdir(join(state, "locks"))).toEqual([]);
  await using _ = await holdCluster(world.id);
  expect((await world.run()).verdict).toBe("passed");
});
