import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { staying } from "../../faults/recorded.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { milestones } from "../../faults/scenario.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import type { Run } from "../run.ts";
import { group, planOf, run as runs, step } from "../testing.ts";
import { continuationOf, detoursOf, doneOnce, notAsApplied, withBegun } from "./applied-guide.ts";
import { changeClusterState, type ClusterState } from "../cluster/state.ts";
import { guideText } from "../request/inputs.ts";
import { defaultSettings, settingsFor } from "../../settings/settings.ts";
import type { StoredSettings } from "../../settings/schema.ts";
import { temporaryFolder } from "../../testing.ts";

useStateFolder();

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

const a = group(step("2.1/a", "t71", runs("echo a")));
const b = group(step("2.2/b", "t71", runs("echo b")));
const c = group(step("2.3/c", "t71", runs("echo c")));
const plan = planOf(a, b, c);
const done = (...some: (typeof a)[]): ClusterState => ({ ...state, blocks: doneOnce(some) });

test("an application goes on after what was applied, or with what did not come to its end", () => {
  expect(continuationOf({ ...state, blocks: {} }, plan)).toEqual({});
  expect(continuationOf(done(a, b), plan)).toEqual({
    from: "2.3/c",
    said: "Goes on with 2.3/c, for the guide is applied up to 2.2/b.",
  });
  const begun = { ...state, blocks: withBegun(doneOnce([a]), b) };
  expect(continuationOf(begun, plan)).toEqual({
    from: "2.2/b",
    said: "Goes on with 2.2/b, which was begun and did not come to its end.",
  });
});

test("where nothing is left to apply that is said, also of a part", () => {
  const hint = "the guide is applied up to 2.3/c. `--from STEP` applies steps again.";
  expect(continuationOf(done(a, b, c), plan)).toEqual({ idle: `Nothing is left to apply: ${hint}` });
  expect(continuationOf(done(a), plan, "2.1").idle).toContain("Nothing is left to apply up to section 2.1:");
});

test.each([
  [
    "text that has changed",
    [a, group(step("2.2/b", "t71", runs("echo other")))],
    "The text of 2.2/b has changed since it was applied",
  ],
  [
    "a block that is gone",
    [a, group(step("2.2/x", "t71", runs("true")))],
    "2.2/x was applied, and is not in the guide any more",
  ],
  ["a gap", [a, c], "2.2/b is not applied, though later steps are, up to 2.3/c"],
])("with %s a person has to say where to begin", (_, applied, message) => {
  expect(() => continuationOf(done(...applied), plan)).toThrow(
    expect.objectContaining({
      verdict: "usage",
      message,
      details: expect.objectContaining({ hint: expect.stringContaining("--from") }),
    }),
  );
});

test("what was done beside each block once is told; a run that made the machines answers for its blocks itself", () => {
  const twice = withBegun(doneOnce([a, b, c]), b);
  const shells = { t72: "2026-11-30T19:12:30.000Z" };
  const detours = { ...state, blocks: twice, shells, walked: ["section 1.1 was skipped"] };
  expect(detoursOf(state)).toEqual([]);
  expect(detoursOf(detours)).toEqual([
    "section 1.1 was skipped",
    "2.2/b ran more than once",
    "somebody was at a shell on t72 at 2026-11-30 19:12 UTC",
  ]);
  expect(detoursOf(detours, true)).toEqual(["somebody was at a shell on t72 at 2026-11-30 19:12 UTC"]);
});

const applied = (from?: string) => async (run: Run) => {
  const whole = await run.plan();
  if (from === undefined) await run.up(await run.prepare());
  await run.apply(whole, from === undefined ? {} : { from });
};

test(
  "what fails after somebody was at a shell, or where steps run again, is not shown to be the guide's",
  longTimeout,
  async () => {
    await using world = await FaultTestbed.make(staying);
    expect((await world.run({}, applied(), "always")).verdict).toBe("passed");
    const shells = { t72: "2026-11-30T19:12:30.000Z" };
    await changeClusterState(world.id, (known) => ({ ...known, shells }));
    world.suites = "red";
    const suite = await world.run({}, async (run) => {
      await run.plan();
      await run.request({ suites: milestones });
      await run.suites(milestones);
    });
    const shell = "somebody was at a shell on t72 at 2026-11-30 19:12 UTC";
    expect(suite).toMatchObject({ verdict: "usage", detours: [shell] });
    expect(suite.blames?.flatMap(({ tests }) => tests)).toContain("second");
    expect(suite.tests.find(({ name }) => name === "second")).toMatchObject({
      outcome: "error",
      failure: { verdict: "usage", besideGuide: [shell] },
    });
    await changeClusterState(world.id, (known) => ({ ...known, shells: {} }));
    world.hits.set("in download", () => ({ exitCode: 1 }));
    const again = await world.run({}, applied("1.1/file"));
    expect(again.verdict).toBe("usage");
    const more = "1.1/file and 1 other block ran more than once";
    expect(again.detours).toEqual([more]);
    expect(again.failure?.message).toContain(more);
  },
);
