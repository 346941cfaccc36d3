import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { replaceFile } from "../../host/persisted.ts";
import {
  type ClusterState,
  damagedStates,
  loadClusterState,
  parseClusterState,
  saveClusterState,
} from "./state.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", folder);
});
afterEach(() => void vi.unstubAllEnvs());

const state: ClusterState = {
  id: "one",
  settings: {
    ...defaultSettings,
    cluster: "one",
    provider: "inventory",
    inventory: "/hosts.yaml",
    adopt: true,
    artifacts: "upstream",
    guide: "/other/guide/guide.md",
    errata: ["etcd-enable-typo"],
    edits: ["/one.yaml"],
    nodes: 5,
    online: true,
    offline: true,
    timeoutFactor: 2.5,
    deadline: 5000,
  },
  text: { guide: "ab", ports: { os: "cd" }, errata: { "etcd-enable-typo": "ef" }, edits: ["01"] },
  versions: { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.10.0" },
  ports: ["os"],
  machines: [{ name: "t71", address: "192.168.4.71", role: "master" }],
  images: "images.tar",
  kept: true,
  applied: "2.4.4/start-etcd",
  places: { t71: { cwd: "/root", environment: "" } },
};

test("a cluster's state comes back as it was saved, all settings with it", async () => {
  await saveClusterState(state);
  expect(await loadClusterState("one")).toEqual(state);
  expect(await loadClusterState("other")).toBeUndefined();
});

/** As it was written before it had a guide. */
const former = {
  id: "one",
  provider: "nspawn",
  artifactSet: "debian",
  versions: state.versions,
  ports: ["embedded-os"],
  machines: [...state.machines, { name: "t72", address: "192.168.4.72", role: "node" }],
  online: false,
  patience: 3,
  errata: ["etcd-enable-typo"],
  edits: ["mutant.yaml"],
  images: "images.tar",
  kept: true,
  applied: "2.4.4/start-etcd",
  places: {},
};

test("an artifact set that a state calls by its old name has the new one", async () => {
  const settings = { ...state.settings, artifacts: "guide" };
  expect(parseClusterState(JSON.stringify({ ...state, settings }), "one")).toEqual(state);
  const loaded = parseClusterState(JSON.stringify({ ...former, artifactSet: "guide" }), "one");
  expect(loaded.settings.artifacts).toBe("upstream");
});

test("the state of an older version loads and is not damaged; which text was applied it does not know", async () => {
  const { provider: _p, artifactSet: _a, online: _o, patience: _f, errata, edits, ...rest } = former;
  const text = JSON.stringify(former);
  await replaceFile(join(folder, "k8s-guide-conformance/applied/one.json"), text);
  const loaded = await loadClusterState("one");
  expect(parseClusterState(text, "one")).toEqual(loaded);
  expect(await damagedStates()).toEqual(new Map());
  expect(loaded).toEqual({
    ...rest,
    settings: {
      ...defaultSettings,
      cluster: "one",
      nodes: 1,
      timeoutFactor: 3,
      errata,
      edits: edits.map((file) => resolve(file)),
    },
  });
});

test.each(["", '{"id": "one"', '{"id": "one"}'])("a state of %j says how to go on", (text) => {
  expect(() => parseClusterState(text, "one")).toThrow("The state of cluster one cannot be read");
});
