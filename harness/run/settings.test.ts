import { describe, expect, test } from "vitest";
import type { ClusterState } from "./cluster-state.ts";
import { guideMachines, machinesWith } from "./machines.ts";
import { assertSettings, defaultSettings, planOf, settingsFor } from "./settings.ts";

const state: ClusterState = {
  id: "main",
  provider: "nspawn",
  artifactSet: "debian",
  versions: { kubernetes: "1.20.2", etcd: "3.4.23", flannel: "0.14.0" },
  ports: ["embedded-os"],
  machines: [...machinesWith(1)],
  online: false,
  patience: 3,
  errata: ["etcd-enable-typo"],
  edits: ["mutant.yaml"],
  images: "images.tar",
  kept: true,
  places: {},
};

describe("the settings for a cluster that is up", () => {
  test("are those it was made with", () => {
    expect(settingsFor(defaultSettings, state, new Set())).toMatchObject({
      nodes: 1,
      patience: 3,
      errata: ["etcd-enable-typo"],
      edits: ["mutant.yaml"],
      made: { ports: ["embedded-os"], machines: state.machines },
    });
  });

  test("take edits and patience from the person who gives some", () => {
    const settings = { ...defaultSettings, edits: ["other.yaml"], patience: 5 };
    expect(settingsFor(settings, state, new Set(["edits", "patience"]))).toMatchObject({
      edits: ["other.yaml"],
      patience: 5,
      errata: ["etcd-enable-typo"],
    });
  });

  test.each(["nodes", "provider", "artifacts"] as const)("cannot have another %s than it has", (name) => {
    const wanted = { ...defaultSettings, [name]: name === "nodes" ? 4 : "another" };
    expect(() => settingsFor(wanted, state, new Set([name]))).toThrow(`with ${name}`);
    expect(settingsFor(wanted, state, new Set())).toMatchObject({ provider: "nspawn", nodes: 1 });
  });
});

test.each([
  [{ online: true }, "reach no download site"],
  [{ patience: 0 }, "multiplied by 0"],
  [{ patience: Number.NaN }, "multiplied by NaN"],
])("settings %j contradict each other or what can be", (wrong, message) => {
  expect(() => assertSettings({ ...defaultSettings, ...wrong })).toThrow(message);
  expect(() => assertSettings(defaultSettings)).not.toThrow();
});

describe("machines", () => {
  test("are the guide's own first", () => {
    expect(machinesWith(2)).toEqual(guideMachines);
    expect(machinesWith(4).map(({ name }) => name)).toEqual(["t71", "t72", "t76", "t77", "t78"]);
  });

  test.each([0, -1, 1.5, Number.NaN, 51])("%s nodes cannot be", (nodes) => {
    expect(() => machinesWith(nodes)).toThrow("nodes");
  });
});

test.each([1, 4])("the guide is planned for %i nodes", async (nodes) => {
  const plan = await planOf({ ...defaultSettings, nodes });
  const steps = plan.groups.flatMap((group) => group.steps);
  const configuration = steps.filter(({ id }) => id === "3.2.5/kubelet-configuration");
  expect(configuration.map(({ action }) => action.kind === "file" && action.content.split("\n")[2])).toEqual(
    machinesWith(nodes)
      .slice(1)
      .map(({ address }) => `address: ${address}`),
  );
  const request = steps.find(({ id }) => id === "2.5.2/apiserver-request");
  const script = request?.action.kind === "run" ? request.action.script : "";
  const json: { hosts: string[] } = JSON.parse(
    script.slice(script.indexOf("{"), script.lastIndexOf("}") + 1),
  );
  expect(json.hosts).toEqual(expect.arrayContaining(machinesWith(nodes).map(({ address }) => address)));
  const shown = steps.find(({ id }) => id === "4.2.6/show-nodes")?.expect?.text ?? "";
  expect(shown.trim().split("\n")).toHaveLength(1 + nodes);
});
