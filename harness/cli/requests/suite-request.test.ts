import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import type { TestRecord } from "../../record/record.ts";
import { sampleRecord, sampleTest } from "../../report/sample.ts";
import { type ClusterState, saveClusterState } from "../../run/cluster/state.ts";
import { guideText } from "../../run/request/inputs.ts";
import { failedWith } from "../../run/testing.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { e2eRequest } from "./requests.ts";
import { suiteRequest } from "./suite-request.ts";

const machines = [...loadProfile(ownGuide).machines];
// To list tests takes seconds, and on a busy host many.
const settings = { ...defaultSettings, timeoutFactor: 100, made: { ports: [], machines } };
const state: ClusterState = {
  id: "main",
  settings: defaultSettings,
  versions: { kubernetes: "", etcd: "", flannel: "" },
  ports: [],
  machines,
  images: "",
  kept: true,
  places: {},
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "suite-request-"));
  vi.stubEnv("XDG_STATE_HOME", join(folder, "state"));
  await saveClusterState(state);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const red = (milestone: string, name: string): TestRecord =>
  sampleTest({ milestone, name, ...failedWith("no") });
const keys = "the private key of etcd's CA is on no node";

/** What is asked for after a run with these red tests. */
async function after(tests: readonly TestRecord[], names: readonly string[], grep?: string) {
  const id = "20190401T101200-suite-2";
  await mkdir(join(folder, "reports", id), { recursive: true });
  const inputs = { ...(await guideText(settings)), machines: "m" };
  const record = sampleRecord({ id, settings: defaultSettings, inputs, tests });
  await writeFile(join(folder, "reports", id, "run.json"), JSON.stringify(record));
  const options = { rerunFailed: true, ...(grep !== undefined && { grep }) };
  return suiteRequest(settings, options, names, join(folder, "reports"));
}

test("what was red runs again, whole milestones of it are not, and the run that it was red in is named", async () => {
  const { suites, chosen } = await after([red("etcd", keys), sampleTest({ milestone: "csr" })], []);
  expect(suites).toEqual(["etcd"]);
  expect(chosen).toMatchObject({
    by: "--rerun-failed",
    run: "20190401T101200-suite-2",
    tests: [{ milestone: "etcd", name: keys }],
  });
  expect(chosen?.leftOut.length).toBeGreaterThan(5);
});

test("milestones that are named are all that is run again", async () => {
  const { suites, chosen } = await after(
    [red("etcd", keys), red("csr", "the private key of the CA is on no node")],
    ["etcd"],
  );
  expect(suites).toEqual(["etcd"]);
  expect(chosen?.tests).toMatchObject([{ milestone: "etcd", name: keys }]);
});

test("what failed outside of all tests lets all run again", async () => {
  const { suites, chosen } = await after([red("suites", "(outside of all tests)")], []);
  expect(suites).toContain("workflow");
  expect(chosen?.leftOut).toEqual([]);
});

test("both ways to choose are taken together; what neither leaves is an error that says what was red", async () => {
  const { chosen } = await after(
    [red("etcd", keys), red("etcd", "the unit is active and enabled")],
    [],
    "UNIT",
  );
  expect(chosen).toMatchObject({
    by: '--rerun-failed --grep "UNIT"',
    tests: [{ name: "the unit is active and enabled" }],
  });
  await expect(after([red("etcd", keys)], [], "unit")).rejects.toMatchObject({
    verdict: "usage",
    details: { hint: expect.stringContaining(keys) },
  });
});

test("with what looks at a boot or a fault, the test that makes it is chosen", async () => {
  const subnet = "a reboot of t72 > each node has the subnet that it had";
  const { suites, chosen } = await after([red("reboot", subnet)], []);
  expect(suites).toEqual(["reboot"]);
  expect(chosen?.tests).toMatchObject([
    { name: "a reboot of t72 > everything that was up is up again, without a hand" },
    { name: subnet },
  ]);
  const options = { suite: ["faults"], checkpoint: [], save: true, asWritten: [] };
  const some = await e2eRequest(settings, { ...options, grep: "etcd of t71 killed: > no write" });
  expect(some?.tests).toMatchObject([
    { name: "etcd of t71 killed: > what has to go on goes on" },
    { name: "etcd of t71 killed: > no write that was acknowledged is lost" },
  ]);
});

test("a suite that there is not, or none, is an error before anything is looked for", async () => {
  await expect(suiteRequest(settings, {}, ["none-such"])).rejects.toThrow("There is no suite none-such");
  await expect(suiteRequest(settings, {}, [])).rejects.toThrow("No suite is named");
});

test("a whole run takes tests by their names, too, and refuses a text that none has", async () => {
  const options = { suite: ["etcd"], checkpoint: [], save: true, asWritten: [] };
  const some = await e2eRequest(settings, { ...options, grep: keys });
  expect(some).toMatchObject({ by: `--grep "${keys}"`, tests: [{ milestone: "etcd", name: keys }] });
  expect(some?.leftOut.length).toBeGreaterThan(5);
  expect(await e2eRequest(settings, options)).toBeUndefined();
  await expect(e2eRequest(settings, { ...options, grep: "no such test" })).rejects.toThrow(
    'tests has "no such test" in its name',
  );
});

test("tests of milestones that the machines cannot show are none to choose from", async () => {
  const few = { ...settings, made: { ports: [], machines: machines.slice(0, 2) } };
  const { chosen } = await suiteRequest(few, { grep: "a" }, ["all"]);
  expect(chosen?.tests.map(({ milestone }) => milestone)).not.toContain("ping");
});
