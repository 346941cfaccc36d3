import { afterEach, expect, test, vi } from "vitest";
import { sampleRecord, sampleTest } from "../../report/sample.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { recordOf } from "../pool/children.ts";
import { type FaultMutant, loadMutants, type Mutant } from "./catalogue.ts";
import { interleaved, tryMutants } from "./attempt.ts";
import { FaultCluster } from "./fault-cluster.ts";

vi.mock("../pool/children.ts", { spy: true });

const fault = (id: string, milestone: FaultMutant["milestone"], also_red: FaultMutant["also_red"] = []) => ({
  id,
  file: `${id}.yaml`,
  milestone,
  tests: [sampleTest().name],
  also_red,
  why: "it must be noticed",
  kind: "fault" as const,
  section: "3.2.9",
  fault: { on: "t72" as const, script: "stop", undo: "start" },
});
const order = (faults: readonly FaultMutant[]): string[] => interleaved(faults).map(({ id }) => id);

test("after a fault comes one that reaches none of its milestones, where there is one", () => {
  const faults = [
    fault("kubelet-stopped", "nodes", ["ping"]),
    fault("docker-not-enabled", "nodes"),
    fault("echo-not-forwarded", "ping"),
    fault("etcd-not-enabled", "etcd"),
  ];
  expect(order(faults)).toEqual([
    "kubelet-stopped",
    "etcd-not-enabled",
    "docker-not-enabled",
    "echo-not-forwarded",
  ]);
});

test("faults of one milestone keep their order, and none is lost", () => {
  const faults = ["a", "b", "c"].map((id) => fault(id, "etcd"));
  expect(order(faults)).toEqual(["a", "b", "c"]);
  expect(order([])).toEqual([]);
});

afterEach(() => void vi.restoreAllMocks());

/** What comes of two faults. The first leaves its milestone, `nodes`, red for some time; the next turns some red as long as it lasts. */
async function afterLasting(next: FaultMutant, turns: readonly string[] = []) {
  // The first one's undoing takes a while, as a machine that has to come to itself: longer than the next run of suites.
  let redFor = 0;
  let red: readonly string[] = [];
  vi.spyOn(FaultCluster.prototype, "up").mockResolvedValue();
  vi.spyOn(FaultCluster.prototype, "renew").mockImplementation(async () => void (redFor = 0));
  vi.spyOn(FaultCluster.prototype, "down").mockResolvedValue();
  vi.spyOn(FaultCluster.prototype, "script").mockImplementation(async (_, text) => {
    if (text === "lasting") redFor = 2;
    else red = text === "stop" ? turns : [];
  });
  vi.spyOn(FaultCluster.prototype, "suites").mockImplementation(async () => {
    const outcome = redFor > 0 ? "failed" : "passed";
    redFor -= 1;
    const { failure: _, ...record } = sampleRecord({
      steps: [],
      tests: [
        sampleTest({ milestone: "nodes", outcome }),
        ...red.map((milestone) => sampleTest({ milestone, name: milestone, outcome: "failed" })),
      ],
    });
    return record;
  });
  const lasting = fault("lasting", "nodes");
  const cases = [{ ...lasting, fault: { ...lasting.fault, script: "lasting" } }, next];
  const place = {
    lane: 0,
    settings: { ...defaultSettings, cluster: "c" },
    signal: new AbortController().signal,
  };
  const outcomes = [];
  for await (const { id, outcome } of tryMutants(cases, defaultSettings).attempt(cases, place))
    outcomes.push([id, outcome]);
  return outcomes;
}

test("what a fault left red is not the kill of the next one that reaches the same milestone", async () => {
  expect(await afterLasting(fault("unseen", "nodes"))).toEqual([
    ["lasting", "not undone"],
    ["unseen", "survived"],
  ]);
});

test("nor is it a part of the kill of one that may turn that milestone red, too", async () => {
  const next = { ...fault("next", "ping", ["nodes"]), tests: ["ping", sampleTest().name] };
  expect(await afterLasting(next, ["ping"])).toEqual([
    ["lasting", "not undone"],
    ["next", "wrong test"],
  ]);
});

const prepare = (cases: readonly Mutant[]) => tryMutants(cases, defaultSettings).prepare;

test("edits alone need a run without any that is green; where there are faults, their machines show that", async () => {
  const edit = (await loadMutants()).find(({ kind }) => kind === "edit");
  if (!edit) throw new Error("there is none");
  expect(prepare([edit, fault("kubelet-stopped", "nodes")])).toBeUndefined();
  const { signal } = new AbortController();
  const run = vi.mocked(recordOf).mockResolvedValueOnce(sampleRecord({ verdict: "guide" }));
  await expect(prepare([edit])?.(signal, () => undefined)).rejects.toThrow(
    "Without a mutant: guide, so nothing can be said of mutants",
  );
  run.mockResolvedValueOnce(sampleRecord());
  await prepare([edit])?.(signal, () => undefined);
  expect(run.mock.lastCall?.[1].slice(0, 1)).toEqual(["--resume"]);
});
