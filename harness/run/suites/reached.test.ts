import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { staying } from "../../faults/recorded.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { milestones } from "../../faults/scenario.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { doneOnce } from "../apply/applied-guide.ts";
import type { ClusterState } from "../cluster/state.ts";
import { reachOf, testsUnreached } from "./reached.ts";

useStateFolder();

const profile = loadProfile(ownGuide);
const plan = await planOf(defaultSettings);

/** A cluster to which these blocks were applied. */
const stateWith = (ids: readonly string[], adopt = false): ClusterState => ({
  id: "main",
  settings: { ...defaultSettings, adopt },
  versions: { kubernetes: "", etcd: "", flannel: "" },
  ports: [],
  machines: [],
  images: "",
  kept: true,
  blocks: doneOnce(plan.groups.filter(({ id }) => ids.includes(id))),
  places: {},
});
const ids = plan.groups.map(({ id }) => id);
const upTo = (id: string): readonly string[] => ids.slice(0, ids.indexOf(id) + 1);
const reach = (applied: readonly string[]) => reachOf(stateWith(applied), plan, profile);

test("a test is not reached if a step of its sections is missing, or they lie behind all that is applied", () => {
  const reached = reach(upTo("2.4.5/check-etcd"));
  expect(reached?.applied).toBe("the guide is applied up to 2.4.5/check-etcd");
  const next = ids[ids.indexOf("2.4.5/check-etcd") + 1] ?? "";
  expect(reached?.hint).toBe("`pnpm apply` goes on.");
  const left = ids.length - ids.indexOf(next);
  expect(reached?.missing).toBe(`${left} steps of the guide are not applied yet, the first ${next}`);
  const { etcd = {}, components = {} } = reached?.unreached ?? {};
  expect(Object.keys(etcd).toSorted()).toEqual(["2.5.1", "2.5.3", "3.2.2"]);
  expect(etcd["2.5.3"]).toMatch(/^2\.5\.3\//);
  // There is no step in it: it speaks of what the whole guide gives.
  expect(components["5.1"]).toBe(next);
});

test("what is red in a milestone that needs more than is applied says nothing about the guide", () => {
  expect(reach(upTo("2.4.5/check-etcd"))?.milestones).toEqual(Object.keys(profile.milestones));
  const asFarAsEtcd = upTo(ids.findLast((id) => id.startsWith("3.2.2/")) ?? "");
  expect(reach(asFarAsEtcd)?.milestones).not.toContain("etcd");
});

test("a step that was left out keeps those tests alone that ask for its section", () => {
  const reached = reach(ids.filter((id) => !id.startsWith("2.1/")));
  expect(reached?.unreached["etcd"]).toEqual({});
  expect(Object.keys(reached?.unreached["nodes"] ?? {})).toEqual(["2.1"]);
  expect(reached?.milestones).toContain("etcd");
  const first = ids.find((id) => id.startsWith("2.1/")) ?? "";
  expect(reached?.hint).toBe(`\`pnpm apply --from ${first}\` goes on.`);
  expect(reach(ids.filter((id) => id !== first))?.missing).toBe(`${first} is not applied yet`);
});

test("a milestone that stands apart is reached as a whole, or not at all", () => {
  const reached = reach(upTo(ids.findLast((id) => id.startsWith("4.2.4/")) ?? ""));
  expect(Object.keys(reached?.unreached["reboot"] ?? {})).toContain("1.1");
});

test("nothing is missing where all is applied, or the guide was there before", () => {
  expect(reach(ids)).toBeUndefined();
  expect(reachOf(stateWith([], true), plan, profile)).toBeUndefined();
  expect(reach([])?.applied).toBe("nothing of the guide is applied yet");
  const { blocks: _, ...former } = stateWith([]);
  expect(reachOf({ ...former, applied: ids.at(-1) ?? "" }, plan, profile)).toBeUndefined();
});

test("the suites are told which tests they do not come to", async () => {
  vi.stubEnv("GUIDE_UNREACHED", JSON.stringify(reach(upTo("2.4.5/check-etcd"))?.unreached));
  vi.resetModules();
  const { guards } = await import("../../../suites/cluster/run.ts");
  vi.stubEnv("GUIDE_UNREACHED", "{}");
  expect(guards("etcd", "health").limit).toBeUndefined();
  expect(guards("etcd", "otherCa").limit).toMatch(/^not reached: 2\.5\.1\/\S+ is not applied yet$/);
});

test("tests that were not reached are no proof, and nobody's fault", () => {
  const applied = "the guide is applied up to 2.4";
  const missing = "11 steps of the guide are not applied yet, the first 2.5.1/a";
  const error = testsUnreached({ applied, missing, hint: "go on" }, 2);
  expect(error.message).toBe(`2 tests were not reached: ${missing}`);
  expect(error.details).toMatchObject({ besideGuide: [applied], untested: true });
  expect(error.verdict).toBe("usage");
});

test(
  "a test that is red where the guide is not wholly applied is not the guide's fault",
  longTimeout,
  async () => {
    await using world = await FaultTestbed.make(staying);
    const file = join(world.folder, "profile.yaml");
    const facts = await readFile(file, "utf8");
    await writeFile(file, facts.replace('health: ["2.4.5"]', 'health: ["1.1"]'));
    const applied = await world.run(
      {},
      async (run) => {
        const whole = await run.plan();
        await run.up(await run.prepare());
        await run.apply({ ...whole, groups: whole.groups.slice(0, 2) });
      },
      "always",
    );
    expect(applied.verdict).toBe("passed");
    world.suites = "red";
    const notes: string[] = [];
    world.reporters.push({
      name: "notes",
      onEvent: (event) => void (event.type === "note" && notes.push(event.message)),
    });
    const suite = await world.run({}, async (run) => {
      await run.plan();
      await run.request({ suites: milestones });
      await run.suites(milestones);
    });
    expect(notes).toContain("The guide is applied up to 1.1/file.");
    expect(suite.verdict).toBe("usage");
    const red = suite.tests.filter(({ name }) => name === "second");
    expect(red.map(({ milestone, failure }) => [milestone, failure?.verdict, failure?.besideGuide])).toEqual([
      ["etcd", "usage", ["the guide is applied up to 1.1/file"]],
      // None of its sections is in this guide.
      ["ping", "guide", undefined],
    ]);
    expect(red[0]?.failure?.hint).toMatch(/^`pnpm apply --cluster \S+` goes on\.$/);
  },
);
