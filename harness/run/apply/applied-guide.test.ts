import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { notAsApplied } from "./applied-guide.ts";
import type { ClusterState } from "../cluster/state.ts";
import { guideText } from "../request/inputs.ts";
import { defaultSettings, settingsFor } from "../../settings/settings.ts";
import type { StoredSettings } from "../../settings/schema.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
let its: StoredSettings;
let state: ClusterState;
beforeEach(async () => {
  folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures"), folder, { recursive: true });
  its = {
    ...defaultSettings,
    guide: join(folder, "guide/guide.md"),
    edits: [join(folder, "guide/mutants/third-node.yaml")],
  };
  state = {
    id: "main",
    settings: its,
    text: await guideText(its),
    versions: { kubernetes: "1.20.2", etcd: "3.4.23", flannel: "0.14.0" },
    ports: ["embedded-os", "without-selinux", "debian12-versions"],
    machines: [],
    images: "images.tar",
    kept: true,
    places: {},
  };
});

const now = (settings: StoredSettings, ...asked: ("guide" | "errata" | "edits")[]) =>
  notAsApplied(state, settingsFor(settings, state, new Set(asked)));

test("a command on a cluster takes the guide that was applied, not the project's", async () => {
  expect(settingsFor(defaultSettings, state, new Set()).guide).toBe(its.guide);
  expect(await now(defaultSettings)).toEqual([]);
});

test.each([
  ["guide/guide.md", /^guide \S+guide\.md has changed$/],
  ["guide/mutants/third-node.yaml", /^edits \S+third-node\.yaml has changed$/],
  ["guide/ports/embedded-os.yaml", /^ports have changed$/],
])("a change of %s since is told", async (file, message) => {
  await writeFile(join(folder, file), "changed");
  expect(await now(defaultSettings)).toEqual([expect.stringMatching(message)]);
});

test("what a person asks for instead is told, unless it is the same text in another place", async () => {
  const [other, copy] = ["other.md", "copy.md"].map((name) => join(folder, "guide", name));
  await writeFile(other ?? "", "other");
  await cp(its.guide, copy ?? "");
  expect(await now({ ...its, guide: other ?? "" }, "guide")).toEqual([`guide ${other}, not ${its.guide}`]);
  expect(await now({ ...its, guide: copy ?? "" }, "guide")).toEqual([]);
  expect(await now({ ...its, errata: ["etcd-enable-typo"] }, "errata")).toEqual([
    "errata etcd-enable-typo, not none",
  ]);
});

test.each([
  ["guide/guide.md", "--guide"],
  ["guide/mutants/third-node.yaml", "--edits"],
])("without %s, which was applied, a person is told what to do", async (file, option) => {
  await rm(join(folder, file));
  await expect(now(defaultSettings)).rejects.toMatchObject({
    verdict: "usage",
    message: `Cluster main was made from ${join(folder, file)}, which is gone`,
    details: { hint: expect.stringContaining(option) },
  });
});

test("a change of the guide's profile is told, unless an older version did not write it down", async () => {
  await writeFile(join(folder, "guide/profile.yaml"), "changed");
  expect(await now(defaultSettings)).toEqual(["its profile has changed"]);
  if (state.text) {
    const { profile: _, ...text } = state.text;
    state = { ...state, text };
  }
  expect(await now(defaultSettings)).toEqual([]);
});

test("a cluster of an older version does not know its guide", async () => {
  const { text: _, ...former } = state;
  state = former;
  expect(await now(defaultSettings)).toEqual([expect.stringContaining("not known")]);
});
