import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { type Cluster, GuideFailure } from "../cluster/index.ts";
import type { Fault } from "./faults.ts";
import { first, last } from "./expected.ts";
import { injectFault } from "./inject.ts";
import { notices } from "./probes/probes.ts";
import type { Probe } from "./watch.ts";

/** On slow machines: what all limits are multiplied by. */
const factor = vi.hoisted(() => {
  process.env["GUIDE_TIMEOUT_FACTOR"] = "2";
  return 2;
});
const probes = vi.hoisted(() => ({ all: [] as Probe[] }));
const pods = vi.hoisted(() => ({ backendNodes: [] as string[] }));
vi.mock("./probes/probes.ts", async (original) => ({
  ...(await original<typeof import("./probes/probes.ts")>()),
  probesOf: () => probes.all,
}));
const counter = vi.hoisted(() => ({ check: async (): Promise<void> => undefined }));
vi.mock("./probes/api-probes.ts", () => ({
  counterIn: async () => ({ acknowledged: 7, lost: [], check: () => counter.check() }),
}));
vi.mock("./last-seen-pods.ts", () => ({
  lastSeenPods: async () => ({ backendNodes: () => pods.backendNodes }),
}));
vi.mock("../reboot/state.ts", () => ({ stateOf: async () => ({}) }));

/** A cluster of one machine, of which something is asked that answers `answer`. */
function given(answer: () => Promise<string>, change: Partial<Fault> = {}) {
  probes.all = [{ name: "API reads", ask: answer, late: 5000, interval: 5 }];
  const regain = vi.fn<() => void>();
  const cluster = { master: { name: "t71" }, nodes: [], workload: { ready: async () => undefined }, regain };
  const fault = {
    inject: async () => async () => undefined,
    lasts: 0,
    machine: "t71",
    looksAt: "t71",
    units: [],
    expected: {},
    ...change,
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of both
  return { cluster: cluster as unknown as Cluster, fault: fault as unknown as Fault, regain };
}

const injectSlowly = async () => {
  await setTimeout(300);
  return async () => undefined;
};

test("a fault lasts from when it was seen to have begun, however long that takes", async () => {
  const { cluster, fault } = given(async () => "", { inject: injectSlowly, lasts: 200 });
  const { injected, undone } = await injectFault(cluster, fault);
  expect(injected).toBeGreaterThan(290);
  expect(undone - injected).toBeGreaterThan(190);
});

test("what was not answered during a fault, or while all came back, does not shorten what is waited for after it", async () => {
  let phase = "before";
  let isPatient = true;
  const asked: string[] = [];
  const answer = async () => {
    asked.push(`${phase} ${isPatient ? "patient" : "in haste"}`);
    // What comes back loses an answer once more.
    if (asked.filter((one) => one.startsWith("undone")).length === 1) isPatient = false;
    return "";
  };
  const inject = async () => {
    [phase, isPatient] = ["away", false];
    return async () => void (phase = "undone");
  };
  const { cluster, fault, regain } = given(answer, { inject, lasts: 30 });
  regain.mockImplementation(() => void (isPatient = true));
  await injectFault(cluster, fault, { until: performance.now() + 1000, atLeast: 0 });
  expect(asked.find((one) => one.startsWith("undone"))).toBe("undone patient");
  expect(asked.at(-1)).toBe("undone patient");
});

test("a unit that nobody starts again is noted, with its journal, before the suite starts it", async () => {
  let isDown = true;
  const { cluster, fault } = given(async () => "", { units: ["kube-scheduler"], machine: first });
  const run = async (command: string) => {
    if (command.includes("systemctl start")) isDown = false;
    return { stdout: command.includes("journalctl") ? "killed" : "" };
  };
  const leftDown = async () => (isDown ? ["kube-scheduler.service"] : []);
  Object.assign(cluster.master, { name: first, run, leftDown });
  expect((await injectFault(cluster, { ...fault, looksAt: first })).down).toEqual([
    { machine: first, unit: "kube-scheduler", journal: "killed" },
  ]);
  expect(isDown).toBe(false);
});

test("what is expected of Services while a node is away is that of where their backends are", async () => {
  const name = notices.services(last);
  const expected = { [name]: { breaks: [0, 8], back: 0.1, mended: 60 } } as const;
  const { cluster, fault } = given(async () => "", { expected, machine: first });
  Object.assign(cluster.master, { name: first });
  const observation = async (...backendNodes: string[]) => {
    probes.all = probes.all.map((probe) => Object.assign(probe, { name }));
    Object.assign(pods, { backendNodes });
    return (await injectFault(cluster, { ...fault, looksAt: first })).observations[0]?.expected;
  };
  expect(await observation(first, last)).toEqual(expected[name]);
  expect(await observation(last)).toEqual({ back: 0.1, mended: 60 });
  expect(await observation(first)).toEqual({ breaks: [0, 8], back: 0.1 });
});

test("once all has to be back, the calm is looked at as long as it has to be, though it is over its time", async () => {
  const { cluster, fault } = given(async () => "", { expected: { "API reads": { back: 0.4 / factor } } });
  const { undone, time, later } = await injectFault(cluster, fault, {
    until: performance.now() + 100,
    atLeast: 300,
  });
  expect(later.observations).toHaveLength(1);
  expect(later.time.from).toBeGreaterThanOrEqual(time.from + undone + 400);
  expect(later.time.until - later.time.from).toBeGreaterThan(290);
});

test.each([true, false])(
  "what nobody looks at may come as late as what is looked at, where TCP repeats it: %s",
  async (repeats) => {
    const expected = { "API reads": { back: 1.5 / factor } };
    const { cluster, fault } = given(async () => "", { expected, ...(repeats && { repeats }) });
    const { undone, time } = await injectFault(cluster, fault);
    expect(performance.now() - time.from - undone >= 1500).toBe(repeats);
  },
);

test("what may still break, for it has to be back later, breaks no calm", async () => {
  let undone = Infinity;
  const answer = async () => {
    const since = performance.now() - undone;
    return since > 1000 && since < 1200 ? "HTTP 502" : "";
  };
  const inject = async () => async () => void (undone = performance.now());
  const calm = { until: 0, atLeast: 300 };
  const of = async (back: number) => {
    undone = Infinity;
    const { cluster, fault } = given(answer, { inject, expected: { "API reads": { back } } });
    const { later } = await injectFault(cluster, fault, calm);
    return later.observations.flatMap(({ outages }) => outages.map(({ seen }) => seen));
  };
  expect(await of(1.5 / factor)).toEqual([]);
  expect(await of(0.8 / factor)).toEqual(["HTTP 502"]);
});

test("what breaks once all is right, but before all has to be back, is told as an outage of the fault", async () => {
  let looks = -Infinity;
  const answer = async () => ((looks += 1) === 60 ? "HTTP 502" : "");
  const inject = async () => async () => void (looks = 0);
  const { cluster, fault } = given(answer, { inject, expected: { "API writes": { back: 2 / factor } } });
  const { observations, later } = await injectFault(cluster, fault, { until: 0, atLeast: 0 });
  expect(observations[0]?.outages).toMatchObject([{ seen: "HTTP 502" }]);
  expect(later.observations[0]?.outages).toEqual([]);
});

test("slow machines may be slow in what goes on; what has to break does so as soon as on others", async () => {
  let duration = 10;
  const answer = async () => setTimeout(duration, "");
  const inject = async () => {
    duration = 300;
    return async () => void (duration = 10);
  };
  const late = async (change: object) => {
    const { cluster, fault } = given(answer, { inject, lasts: 600, expected: { "API reads": change } });
    probes.all = probes.all.map((probe) => Object.assign(probe, { late: 200 }));
    const [observation] = (await injectFault(cluster, fault)).observations;
    const seen = [observation?.outages, observation?.prompt].map((all) => all?.map((outage) => outage.seen));
    return { outages: seen[0], prompt: seen[1] };
  };
  expect(await late({ back: 1 })).toEqual({ outages: [], prompt: undefined });
  // What is not too late for slow machines is back, though it is too late for others.
  expect(await late({ back: 1, breaks: [0, 1] })).toEqual({ outages: [], prompt: ["no answer for 0.3 s"] });
});

test("one question about the counter that has no answer loses nothing of what was seen", async () => {
  let asked = 0;
  counter.check = async () => {
    if ((asked += 1) === 1) throw new GuideFailure("no answer");
  };
  const { cluster, fault } = given(async () => "");
  expect(await injectFault(cluster, fault)).toMatchObject({ missing: "", acknowledged: 7 });
  expect(asked).toBe(2);
  counter.check = async () => undefined;
});
