import { describe, expect, test } from "vitest";
import type { ClusterState } from "../run/cluster/state.ts";
import { machinesWith } from "../profile/machines.ts";
import { guideMachines, profile } from "../profile/testing.ts";
import { artifactSet } from "../artifacts/index.ts";
import { setNames } from "../choices.ts";
import { provider } from "../machines/index.ts";
import { assertSettings, defaultSettings, planOf, portsOf, settingsFor } from "./settings.ts";
import { settingNames } from "./schema.ts";

const state: ClusterState = {
  id: "main",
  settings: {
    ...defaultSettings,
    guide: "/its/guide/guide.md",
    nodes: 1,
    timeoutFactor: 3,
    deadline: 1000,
    errata: ["etcd-enable-typo"],
    edits: ["/mutant.yaml"],
  },
  versions: { kubernetes: "1.20.2", etcd: "3.4.23", flannel: "0.14.0" },
  ports: ["embedded-os"],
  machines: [...machinesWith(profile, 1)],
  images: "images.tar",
  kept: true,
  places: {},
};

describe("the settings for a cluster that is up", () => {
  test("are those it was made with, but for the deadline, which is a run's own", () => {
    const { deadline: _, ...its } = state.settings;
    expect(settingsFor(defaultSettings, state, new Set())).toEqual({
      ...its,
      made: { ports: ["embedded-os"], machines: state.machines },
    });
    const settings = { ...defaultSettings, deadline: 2000 };
    expect(settingsFor(settings, state, new Set(["deadline"]))).toMatchObject({ deadline: 2000 });
  });

  test("take guide, edits and factor from the person who gives some", () => {
    const settings = { ...defaultSettings, guide: "/own.md", edits: ["/other.yaml"], timeoutFactor: 5 };
    expect(settingsFor(settings, state, new Set(["guide", "edits", "timeoutFactor"]))).toMatchObject({
      guide: "/own.md",
      edits: ["/other.yaml"],
      timeoutFactor: 5,
      errata: ["etcd-enable-typo"],
    });
  });

  test.each([
    [{ nodes: 4 }, "with --nodes=1, not with --nodes=4"],
    [{ provider: "vagrant" }, "with --provider=nspawn, not with --provider=vagrant"],
    [{ artifacts: "upstream" }, "with --artifacts=debian, not with --artifacts=upstream"],
    [{ inventory: "/hosts.yaml" }, "without --inventory, not with --inventory=/hosts.yaml"],
    [{ adopt: true }, "without --adopt, not with --adopt"],
    [{ online: true }, "without --online, not with --online"],
  ])("cannot have %j, which it was not made with", (other, message) => {
    const wanted = { ...defaultSettings, ...other };
    const asked = new Set(settingNames.filter((name) => name in other));
    expect(() => settingsFor(wanted, state, asked)).toThrow(`Cluster main was brought up ${message}`);
    expect(settingsFor(wanted, state, new Set())).toMatchObject({ provider: "nspawn", nodes: 1 });
  });
});

test("settings that contradict what can be are refused", () => {
  expect(() => assertSettings({ ...defaultSettings, online: true })).toThrow("reach no download site");
  expect(() => assertSettings(defaultSettings)).not.toThrow();
});

describe("machines", () => {
  test("are the guide's own first", () => {
    expect(machinesWith(profile, 2)).toEqual(guideMachines);
    expect(machinesWith(profile, 4).map(({ name }) => name)).toEqual(["t71", "t72", "t76", "t77", "t78"]);
  });

  test.each([0, -1, 1.5, Number.NaN, 51])("%s nodes cannot be", (nodes) => {
    expect(() => machinesWith(profile, nodes)).toThrow("nodes");
  });
});

test.each(["nspawn", "vagrant"] as const)("the guide has all ports of %s, and of each set", (name) => {
  for (const artifacts of setNames) {
    const settings = { ...defaultSettings, provider: name, artifacts };
    const wanted = [...provider(settings).ports, ...artifactSet(artifacts).ports];
    expect(portsOf(settings)).toEqual(wanted);
  }
});

test.each([1, 4])("the guide is planned for %i nodes", async (nodes) => {
  const plan = await planOf({ ...defaultSettings, nodes });
  const steps = plan.groups.flatMap((group) => group.steps);
  const configuration = steps.filter(({ id }) => id === "3.2.5/kubelet-configuration");
  expect(configuration.map(({ action }) => action.kind === "file" && action.content.split("\n")[2])).toEqual(
    machinesWith(profile, nodes)
      .slice(1)
      .map(({ address }) => `address: ${address}`),
  );
  const request = steps.find(({ id }) => id === "2.5.2/apiserver-request");
  const script = request?.action.kind === "run" ? request.action.script : "";
  const json: { hosts: string[] } = JSON.parse(
    script.slice(script.indexOf("{"), script.lastIndexOf("}") + 1),
  );
  expect(json.hosts).toEqual(
    expect.arrayContaining(machinesWith(profile, nodes).map(({ address }) => address)),
  );
  const shown = steps.find(({ id }) => id === "4.2.6/show-nodes")?.expect?.text ?? "";
  expect(shown.trim().split("\n")).toHaveLength(1 + nodes);
});
