import { assert, property, subarray } from "fast-check";
import { expect, test } from "vitest";
import { changedBlocks, type Comparable, differenceOf } from "./difference.ts";
import type { PlannedStep } from "../record/blame.ts";
import { guideSteps, unit } from "./sample.ts";

const plan = await guideSteps();
const ids = [...new Set(plan.map(({ id }) => id))];

const run = (changes: Partial<Comparable> = {}): Comparable => ({
  id: "20190401T101500-e2e-1",
  commit: "1a2b",
  versions: { kubernetes: "1.14.0" },
  ports: [],
  assists: [],
  steps: [],
  plan,
  ...changes,
});

test("exactly the blocks that were edited are changed", () => {
  assert(
    property(subarray(ids), (edited) => {
      const after = plan.map((step) =>
        edited.includes(step.id) ? { ...step, command: `${step.command}\ntrue`, digest: "another" } : step,
      );
      expect(changedBlocks(plan, after).map(({ id }) => id)).toEqual(edited);
    }),
  );
});

test("a mutant's edit is shown by the lines that differ, where they begin to", async () => {
  expect(changedBlocks(plan, await guideSteps("another-pod-network"))).toMatchObject([
    {
      id: "4.1/register-network",
      kind: "changed",
      lines: [expect.stringMatching(/^- …?.*10\.254\.0\.0/), expect.stringMatching(/^\+ …?.*10\.253\.0\.0/)],
    },
  ]);
});

test("a changed block's place is the line of the guide that differs, unless something else has changed the block, too", async () => {
  const id = "3.2.6/kubelet-settings";
  const step = plan.find((each) => each.id === id)!;
  const lines = (step.command ?? "").split("\n");
  const edited = (line: number): PlannedStep[] =>
    plan.map((each) =>
      each.id === id
        ? {
            ...each,
            digest: "another",
            command: lines.map((text, at) => (at === line ? `${text} x` : text)).join("\n"),
          }
        : each,
    );
  // The fence has the path, which is the command's first line.
  expect(changedBlocks(plan, edited(3))[0]?.location.line).toBe(step.location.line + 3);
  const elsewhere = edited(3).map(({ key, section, machine, location, id: block, command = "" }) => ({
    key,
    id: block,
    section,
    machine,
    location,
    command,
  }));
  expect(changedBlocks(plan, elsewhere)[0]?.location.line).toBe(step.location.line);
});

test("blocks that came or went are told as such, and machines that are others", () => {
  const without = plan.filter(({ id }) => id !== "4.1/register-network");
  expect(changedBlocks(plan, without)).toMatchObject([{ id: "4.1/register-network", kind: "removed" }]);
  expect(changedBlocks(without, plan)).toMatchObject([{ id: "4.1/register-network", kind: "added" }]);
  const fewer = plan.filter(({ key }) => key !== "3.2.9/start-kubelet@t76");
  expect(changedBlocks(plan, fewer)).toMatchObject([{ lines: ["- on t72, t76", "+ on t72"] }]);
});

test("a secret that is another one is a change, and stays out of sight", async () => {
  const after = plan.map((step) =>
    step.id === "2.6.2.1/token-file" ? { ...step, digest: "another" } : step,
  );
  const [block, ...others] = changedBlocks(plan, after);
  expect(others).toEqual([]);
  expect(block).toMatchObject({ id: "2.6.2.1/token-file", lines: [expect.stringContaining("a secret")] });
  expect(JSON.stringify(plan)).not.toContain("663eb46fb81c4cf2a9bedb84bea03582");
});

test.each([
  [
    "2.4.4/start-etcd",
    { digest: "another", expectDigest: "another" },
    "the expected output, below the block",
  ],
  ["2.6.2.1/token-file", { digest: "another", mode: "600" }, "the file's mode: 644, now 600"],
  ["2.6.2.1/token-file", { digest: "another" }, "a secret, which is not shown"],
])("what differs and is no line of %s is named: %j", (id, change, what) => {
  expect(plan.some((step) => step.id === id)).toBe(true);
  const after = plan.map((step) => (step.id === id ? { ...step, ...change } : step));
  expect(changedBlocks(plan, after)).toMatchObject([{ id, lines: [`  what differs is ${what}`] }]);
});

test("of a run that is older than that, all that it may be is named", () => {
  const old = plan.map((step) => {
    const { expectDigest, mode, ...known } = step;
    expect([expectDigest, mode ?? "644"]).toEqual([
      expect.stringMatching(/^\w{64}$/),
      expect.stringMatching(/^\d+$/),
    ]);
    return known;
  });
  const after = old.map((step) => (step.id === "2.6.2.1/token-file" ? { ...step, digest: "another" } : step));
  expect(changedBlocks(old, after)[0]?.lines).toEqual([
    "  what differs is not shown: a secret, the expected output, or the file's mode",
  ]);
});

test("runs that are older than digests are compared by their text", () => {
  const old = plan.map(({ key, id, section, machine, location, command = "" }) => ({
    key,
    id,
    section,
    machine,
    location,
    command,
  }));
  expect(changedBlocks(old, plan)).toEqual([]);
});

test("inputs and durations are told when they differ", () => {
  const step = { ...plan[0]!, startMs: 0, outcome: "passed" as const, exitCode: 0, output: "", assists: [] };
  const before = run({ steps: [{ ...step, durationMs: 1000 }] });
  expect(differenceOf(before, before)).toMatchObject({ blocks: [], inputs: [], durations: [] });
  const after = run({
    commit: "3c4d",
    versions: { kubernetes: "1.20.2" },
    ports: ["debian12-versions"],
    steps: [{ ...step, durationMs: 9800 }],
  });
  expect(differenceOf(before, after)).toMatchObject({
    inputs: ["commit 1a2b → 3c4d", "kubernetes 1.14.0 → 1.20.2", "ports none → debian12-versions"],
    durations: [`${step.key} 1.0 s → 9.8 s`],
  });
  const inputs = { guide: "a", profile: "b", ports: {}, errata: {}, edits: [], machines: "c" };
  const other = run({ inputs: { ...inputs, profile: "d" } });
  expect(differenceOf(run({ inputs }), other)?.inputs).toEqual(["the guide's profile"]);
  const { profile: _, ...old } = inputs;
  expect(differenceOf(run({ inputs: old }), other)?.inputs).toEqual([]);
  expect(differenceOf(before, run({ commit: "1a2b+" }))?.inputs).toEqual([
    "commit 1a2b → 1a2b with uncommitted changes",
  ]);
  expect(differenceOf(before, run({ steps: [{ ...step, durationMs: 2500 }] }))?.durations).toEqual([]);
});

test("a step that one of the runs did not reach is no faster in it", () => {
  const step = { ...plan[0]!, startMs: 0, exitCode: 0, output: "", assists: [] };
  const ran = run({ steps: [{ ...step, outcome: "passed", durationMs: 15_000 }] });
  const left = run({ steps: [{ ...step, outcome: "skipped", durationMs: 0 }] });
  expect(differenceOf(ran, left)?.durations).toEqual([]);
  expect(differenceOf(left, ran)?.durations).toEqual([]);
});

test("units in another state are told, and those that only one of the runs has are not", () => {
  const before = run({ units: [unit("t72", "kube-proxy"), unit("t72", "kubelet"), unit("t76", "docker")] });
  const down = unit("t72", "kube-proxy", { active: "inactive", sub: "dead", exitStatus: 15 });
  const after = run({ units: [down, unit("t72", "kubelet", { ports: [10250] }), unit("t71", "etcd")] });
  expect(differenceOf(before, after)?.units).toEqual([
    "kube-proxy on t72: active (running), enabled → inactive (dead), enabled, exit code 15",
  ]);
});
