import { beforeEach, afterEach, expect, test, vi } from "vitest";
import { HarnessDefect, toHarnessError } from "../../errors.ts";
import type { RunRecord } from "../../record/record.ts";
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

/**
 * What comes of some faults. The first leaves its milestone, `nodes`, red for some time; the next ones turn some red as long as
 * they last, unless their script breaks.
 */
async function afterLasting(next: readonly FaultMutant[], turns: readonly string[] = []) {
  // The first one's undoing takes a while, as a machine that has to come to itself: longer than the next run of suites.
  let redFor = 0;
  let red: readonly string[] = [];
  vi.spyOn(FaultCluster.prototype, "up").mockResolvedValue();
  vi.spyOn(FaultCluster.prototype, "renew").mockImplementation(async () => void (redFor = 0));
  vi.spyOn(FaultCluster.prototype, "down").mockResolvedValue();
  vi.spyOn(FaultCluster.prototype, "script").mockImplementation(async (_, text) => {
    if (text === "break") throw new HarnessDefect("A mutant's script failed");
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
  const cases = [{ ...lasting, fault: { ...lasting.fault, script: "lasting" } }, ...next];
  const place = {
    lane: 0,
    settings: { ...defaultSettings, cluster: "c" },
    signal: new AbortController().signal,
  };
  const outcomes = [];
  for await (const { id, outcome } of tryMutants(cases).attempt(cases, place)) outcomes.push([id, outcome]);
  return outcomes;
}

test("what a fault left red is not the kill of the next one that reaches the same milestone", async () => {
  expect(await afterLasting([fault("unseen", "nodes")])).toEqual([
    ["lasting", "not undone"],
    ["unseen", "survived"],
  ]);
});

test("nor is it a part of the kill of one that may turn that milestone red, too", async () => {
  const next = { ...fault("next", "ping", ["nodes"]), tests: ["ping", sampleTest().name] };
  expect(await afterLasting([next], ["ping"])).toEqual([
    ["lasting", "not undone"],
    ["next", "wrong test"],
  ]);
});

test("a fault is not judged if the next one could not be: nothing has shown that it was undone", async () => {
  const broken = {
    ...fault("broken", "etcd"),
    fault: { on: "t72" as const, script: "break", undo: "start" },
  };
  expect(await afterLasting([broken])).toEqual([
    ["lasting", "not judged"],
    ["broken", "not judged"],
  ]);
  // One that turned nothing red has nothing to show.
  expect(await afterLasting([fault("unseen", "ping"), broken])).toEqual([
    ["lasting", "not undone"],
    ["unseen", "survived"],
    ["broken", "not judged"],
  ]);
});

let doing: (string | undefined)[] = [];
beforeEach(() => void (doing = []));

/** Tries edits one after the other; what was run for them, each run by its suites, and why one was not tried. */
async function runsFor(edits: readonly Mutant[], baselines: readonly RunRecord["verdict"][] = []) {
  const left = [...baselines];
  const runs: string[] = [];
  vi.mocked(recordOf).mockImplementation(async (_, options) => {
    const mutant = edits.find(({ id }) => options.join(" ").includes(`${id}.yaml`));
    const [, suites = ""] = /--suite (.*?)(?: --(?!grep).*)?$/.exec(options.join(" ")) ?? [];
    runs.push(`${mutant?.id ?? "the guide"}: ${suites}`);
    return sampleRecord(mutant ? {} : { verdict: left.shift() ?? "passed" });
  });
  const { attempt } = tryMutants(edits);
  const place = {
    lane: 0,
    settings: defaultSettings,
    signal: new AbortController().signal,
    doing: (what?: string) => void doing.push(what),
  };
  for (const edit of edits) {
    try {
      for await (const { id } of attempt([edit], place)) expect(id).toBe(edit.id);
    } catch (thrown) {
      runs.push(`${edit.id}: ${toHarnessError(thrown).message}`);
    }
  }
  return runs;
}

const edits = await loadMutants([
  "ca-for-a-year",
  "cfssl-not-executable",
  "firewall-back-after-boot",
  "node-missed-late",
]);

test("what notices an edit is green without it, or that was seen already", async () => {
  expect(await runsFor(edits)).toEqual([
    "the guide: all",
    "ca-for-a-year: all",
    "cfssl-not-executable: all",
    "the guide: all reboot",
    "firewall-back-after-boot: all reboot",
    "the guide: faults --grep kubelet of t72 stopped",
    "node-missed-late: faults --grep kubelet of t72 stopped",
  ]);
});

test("a round says which runs it makes, and which of them has no mutant", async () => {
  await runsFor(edits);
  const told = [...new Set(doing)];
  expect(told).toEqual([
    "the guide unchanged, --suite all",
    undefined,
    "the guide unchanged, --suite all reboot",
    "the guide unchanged, --suite faults --grep kubelet of t72 stopped",
  ]);
  expect(tryMutants(edits).runs?.(edits, defaultSettings)).toBe(
    "4 runs of the changed guide; before the first with each choice of suites, 3 of the guide unchanged, which must be green",
  );
  expect(tryMutants([]).runs?.([fault("a", "ping"), ...edits.slice(0, 1)], defaultSettings)).toBe(
    "1 run of the changed guide; before the first with each choice of suites, 1 of the guide unchanged, which must be green; 1 fault on a running cluster, with a run of suites each",
  );
});

test("where that is red, no edit is killed by it; a run that said nothing of it is made again", async () => {
  expect(await runsFor(edits.slice(0, 3), ["infrastructure", "guide", "passed"])).toEqual([
    "the guide: all",
    "ca-for-a-year: Without a mutant (--suite all): infrastructure, so nothing can be said of mutants",
    "the guide: all",
    "cfssl-not-executable: Without a mutant (--suite all): guide, so nothing can be said of mutants",
    "the guide: all reboot",
    "firewall-back-after-boot: all reboot",
  ]);
  expect(await runsFor(edits.slice(0, 2), ["guide"])).toHaveLength(3);
});
