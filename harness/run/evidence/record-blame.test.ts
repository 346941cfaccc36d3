import { expect, test, vi } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import type { TestRecord } from "../../record/record.ts";
import { Recorder } from "../recorder.ts";
import { failedWith, terminal, testRecord } from "../testing.ts";
import { recordBlame } from "./record-blame.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import type { EnvironmentEvidence } from "../../blame/judge.ts";
import type { UnitFinding } from "../../record/blame.ts";
import { guideSteps } from "../../blame/sample.ts";

const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };
const plan = await guideSteps();
const planned = (await planOf(defaultSettings)).groups.flatMap(({ steps }) => steps);
const busy = { cores: 2, load: 31, runnable: 28, stalled: {} };
const around = (changes: Partial<EnvironmentEvidence> = {}): EnvironmentEvidence => ({
  host: { load: { cores: 2, load: 1, runnable: 1, stalled: {} }, disks: [] },
  machines: [],
  ...changes,
});

/** Outcomes of a run's tests after blame, and why it found that they say nothing. */
async function blamed(
  tests: readonly TestRecord[],
  seen: EnvironmentEvidence,
  unitFindings: readonly UnitFinding[] = [],
  connections: readonly Connection[] = [],
): Promise<[string, string | undefined]> {
  const recorder = new Recorder("id", "test", { ...facts, plan, unitFindings }, []);
  vi.spyOn(recorder.load, "between").mockReturnValue(seen.host.load);
  for (const each of tests) recorder.testEnded(each);
  const how = { reports: "/nowhere", look: async () => seen };
  const found = await recordBlame(recorder, connections, planned, how).then(
    () => undefined,
    (error: unknown) => (error instanceof InfrastructureError ? error.message : String(error)),
  );
  return [recorder.tests.map(({ outcome }) => outcome).join(), found];
}

const late = testRecord(failedWith("no answer", { late: 60_000 }));
const wrong = testRecord(failedWith("7 is not 8"));

const unended = testRecord({
  ...failedWith("Error: Test timed out in 180000ms.", { verdict: "harness", late: 180_000 }),
  outcome: "error",
});
const defect = testRecord({
  ...failedWith("TypeError: foo is undefined", { verdict: "harness" }),
  outcome: "error",
});

test("a test without an end is the harness's, but for a host that had no time for it", async () => {
  const verdicts = async (load: EnvironmentEvidence["host"]["load"]): Promise<unknown> => {
    const recorder = new Recorder("id", "test", { ...facts, plan }, []);
    vi.spyOn(recorder.load, "between").mockReturnValue(load);
    for (const each of [unended, defect]) recorder.testEnded(each);
    await recordBlame(recorder, [], [], {
      reports: "/nowhere",
      look: async () => around(),
    });
    return recorder.tests.map(({ outcome, failure }) => [outcome, failure?.verdict]);
  };
  const [harness, infrastructure] = [
    ["error", "harness"],
    ["error", "infrastructure"],
  ];
  expect(await verdicts(around().host.load)).toEqual([harness, harness]);
  expect(await verdicts(busy)).toEqual([infrastructure, harness]);
});

const rebooted = around({ machines: [{ machine: "t72", rebooted: true }] });
const gone = "Not all machines answered to the end: t72 rebooted meanwhile";

test("a red milestone is the guide's fault only if all around it is in order", async () => {
  expect(await blamed([late, wrong], around())).toEqual(["failed,failed", undefined]);
  expect(await blamed([late, wrong], rebooted)).toEqual(["error,error", gone]);
});

test("a starved host excuses what was late, and nothing else", async () => {
  const starved = around({ host: { load: busy, disks: [] } });
  expect(await blamed([late, wrong], starved)).toEqual(["error,failed", undefined]);
});

test.for([
  ["failed", { own: 60 }, 30_000],
  ["error", { own: 75 }, 30_000],
  ["error", { own: 60, stolen: 20 }, 30_000],
  ["error", { own: 60 }, undefined],
  ["error", {}, 30_000],
] as const)(
  "what took 118 s is an %s on a starved host with %j where %d ms were allowed: the time that work waited may be no more",
  async ([outcome, waited, allowed]) => {
    const stall = {
      late: 118_000,
      ago: 0,
      watched: true,
      ...(allowed !== undefined && { allowed }),
    } as const;
    const slow = testRecord(failedWith("right again at 118 s", { late: 118_000, stalls: [stall] }));
    const load = { ...busy, ...waited };
    expect(await blamed([slow], around({ host: { load, disks: [] } }))).toEqual([outcome, undefined]);
  },
);

const dies = (said: string, dead = true) => ({
  machine: "t72",
  unit: "kubelet",
  step: "3.2.9/start-kubelet@t72",
  state: "started again and again, exit code 255, 3 restarts",
  said,
  dead,
  at: 0,
});

test.for([
  ["failed", dies("F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag")],
  [
    "failed",
    dies("F1128 17:00:01.1 41 server.go:147] unable to load client CA file: open /k8s/ca.pem: no such file"),
  ],
  ["error", dies("F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag", false)],
  ["error", dies("F1128 23:50:36 1443 controllermanager.go:260] leaderelection lost")],
  ["error", dies("lost lease")],
  [
    "error",
    dies(
      "F1128 17:00:01.1 41 server.go:266] failed to run Kubelet: Get https://192.168.4.71:6443: connection refused",
    ),
  ],
  ["error", dies("I1128 17:00:01.1 41 server.go:400] Version: v1.14.0")],
] as const)("on a starved host a late test is %s where a unit says: %o", async ([outcome, finding]) => {
  const starved = around({ host: { load: busy, disks: [] } });
  expect(await blamed([late], starved, [finding])).toEqual([outcome, undefined]);
});

test("on a starved host a test whose message has words of time is failed, too, where a unit refuses to run", async () => {
  const starved = around({ host: { load: busy, disks: [] } });
  const unreached = testRecord(failedWith("curl: (28) Connection timed out after 2001 milliseconds"));
  expect(await blamed([unreached], starved)).toEqual(["error", undefined]);
  const finding = dies("F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag");
  expect(await blamed([unreached], starved, [finding])).toEqual(["failed", undefined]);
});

test("a test is judged by the time in which it waited, not by what the host is like afterwards", async () => {
  const recorder = new Recorder("id", "test", { ...facts, plan }, []);
  const between = vi.spyOn(recorder.load, "between").mockReturnValue(around().host.load);
  vi.spyOn(recorder, "now").mockReturnValue(100_000);
  recorder.testEnded({ ...late, startMs: 10_000, durationMs: 70_000 });
  recorder.testEnded(
    testRecord({ ...failedWith("dial tcp: i/o timeout"), startMs: 50_000, durationMs: 5000 }),
  );
  const stalled = failedWith("no answer for 12 s", { late: 12_000, stalls: [{ late: 12_000, ago: 30_000 }] });
  recorder.testEnded(testRecord({ ...stalled, startMs: 10_000, durationMs: 70_000 }));
  await recordBlame(recorder, [], [], {
    reports: "/nowhere",
    look: async () => around(),
  });
  expect(between.mock.calls).toEqual([
    [80_000, 20_000],
    [50_000, 45_000],
    [62_000, 50_000],
  ]);
});

test.each([
  ["error", 20_000, undefined],
  ["failed", 200_000, undefined],
  ["error", 200_000, true],
] as const)(
  "a test is an %s that was late on a machine %d ms before it was seen to be busy, elsewhere: %s",
  async (outcome, ago, isRemote) => {
    const machine = { machine: "t72", load: busy, ...(isRemote && { isRemote }) };
    const details = { late: 60_000, stalls: [{ late: 60_000, ago, watched: true }] } as const;
    const seen = around({ machines: [machine] });
    expect(await blamed([testRecord(failedWith("no answer", details))], seen)).toEqual([outcome, undefined]);
  },
);

test.each([
  ["error", 3618, [{ late: 3618, ago: 90_000, watched: true }]],
  ["failed", 30_000, [{ late: 30_000, ago: 90_000, watched: true }]],
  ["failed", 3618, [{ late: 3618, ago: 90_000 }]],
  ["failed", 3618, undefined],
] as const)("on a slow host a test is an %s that was late for %d ms: %j", async (outcome, ms, stalls) => {
  const slow = around({
    host: { load: { cores: 2, load: 10.5, runnable: 7, stalled: { cpu: 76 } }, disks: [] },
  });
  const details = { late: ms, ...(stalls && { stalls }) };
  const lost = testRecord(failedWith("1 of 6 requests had no answer", details));
  expect(await blamed([lost], slow)).toEqual([outcome, undefined]);
});

test.each([
  ["error", 76],
  ["failed", 20],
])(
  "two stalls of seconds, minutes apart, are an %s where the host was slow in the second for %d %%",
  async (outcome, cpu) => {
    const recorder = new Recorder("id", "test", { ...facts, plan }, []);
    const slow = { cores: 2, load: 10.5, runnable: 7, stalled: { cpu: 76 } };
    vi.spyOn(recorder, "now").mockReturnValue(400_000);
    vi.spyOn(recorder.load, "between").mockImplementation((from = Infinity, to = 0) =>
      from - to > 10_000 ? around().host.load : to > 100_000 ? slow : { ...slow, stalled: { cpu } },
    );
    const stalls = [
      { late: 4000, ago: 200_000, watched: true },
      { late: 3000, ago: 10_000, watched: true },
    ] as const;
    recorder.testEnded(
      testRecord({ ...failedWith("no answer", { late: 4000, stalls }), durationMs: 400_000 }),
    );
    await recordBlame(recorder, [], [], {
      reports: "/nowhere",
      look: async () => around(),
    });
    expect(recorder.tests.map((one) => one.outcome)).toEqual([outcome]);
  },
);

test("a green run is green only if its machines were there to the end; a busy host is nothing against it", async () => {
  expect(await blamed([testRecord()], around({ host: { load: busy, disks: [] } }))).toEqual([
    "passed",
    undefined,
  ]);
  expect(await blamed([testRecord()], rebooted)).toEqual(["passed", gone]);
});

test("on a starved host a late test is failed where a unit gave up long before it for a reason of its own", async () => {
  const starved = around({ host: { load: busy, disks: [] } });
  const word =
    "Nov 28 17:00:01 t72 kubelet[41]: F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag";
  const node = (ActiveState: string) =>
    terminal("t72", {}, (command) => {
      if (command.includes("systemctl show"))
        return { stdout: `Id=kubelet.service\nLoadState=loaded\nActiveState=${ActiveState}\n\nLISTENING\n` };
      return { stdout: command.includes("--since=") ? "" : `${word}\n` };
    }).connection;
  expect(await blamed([late], starved, [], [node("active")])).toEqual(["error", undefined]);
  expect(await blamed([late], starved, [], [node("failed")])).toEqual(["failed", undefined]);
});

test("a machine that does not say in time what its units are like has not said that they are down", async () => {
  const { connection } = terminal("t72", {}, (command) => {
    if (!command.includes("systemctl show")) return { stdout: "" };
    return { stdout: "Id=kubelet.service\nLoadState=loaded\n", exitCode: 124, timedOut: true };
  });
  const [outcomes, found] = await blamed([testRecord()], around(), [], [connection]);
  expect([outcomes, found]).toEqual(["passed", expect.stringContaining("t72: no unit states: ")]);
});

const machines = ["t71", "t72", "t76"].map((name) => ({ name, address: `192.168.4.${name.slice(1)}` }));
const looksAtProxies = (["t72", "t76"] as const).map(
  (machine) => ({ machine, kind: "unit", name: "kube-proxy" }) as const,
);
const noRules = (node: string): TestRecord =>
  testRecord({
    ...failedWith(`the iptables rules of ${node} lead to 10.254.47.2:8080: not within 15 s`, {
      late: 15_000,
    }),
    looks: looksAtProxies,
    sections: ["5.1"],
  });
const stopped = "Nov 30 21:13:05 t72 systemd[1]: Stopped Kubernetes Kube-Proxy Server.";
const leaderless =
  "Nov 30 21:13:05 t72 kube-proxy[9]: F1130 21:13:05.1 41 controllermanager.go:260] leaderelection lost";

test.for([
  ["failed", noRules("t72"), "inactive success", 60],
  ["failed", noRules("192.168.4.72"), "inactive success", 60],
  ["failed", noRules("t72"), "failed exit-code", 60],
  ["error", noRules("t72"), "failed exit-code", 60, leaderless],
  ["error", noRules("t72"), "failed signal", 60],
  ["error", noRules("t72"), "activating exit-code", 60],
  ["error", noRules("t76"), "inactive success", 60],
  ["error", { ...noRules("t72"), looks: [] }, "inactive success", 60],
  ["failed", { ...noRules("t72"), looks: [], sections: ["3.3.3"] }, "inactive success", 60],
  // It makes kube-proxy start again, and no more.
  ["error", { ...noRules("t72"), looks: [], sections: ["4.2.5"] }, "inactive success", 60],
  ["error", noRules("t72"), "inactive success", 10],
  ["error", noRules("t72"), "inactive success", undefined],
] as const)(
  "on a starved host a late test is %s where kube-proxy of t72 is %s, for %s s",
  async ([outcome, red, state, seconds, said = stopped]) => {
    const [active = "", result = ""] = state.split(" ");
    const left = seconds === undefined ? 0 : (100 - seconds) * 1_000_000;
    const { connection } = terminal("t72", {}, (command) => {
      if (!command.includes("systemctl show")) return { stdout: `${said}\n` };
      return {
        stdout: `Id=kube-proxy.service
LoadState=loaded
ActiveState=${active}
Result=${result}
InactiveEnterTimestampMonotonic=${left}

LISTENING
up 100.00 180.00
`,
      };
    });
    const recorder = new Recorder("id", "test", { ...facts, plan }, []);
    vi.spyOn(recorder.load, "between").mockReturnValue(busy);
    vi.spyOn(recorder, "now").mockReturnValue(20_000);
    recorder.testEnded({ ...red, startMs: 0, durationMs: 20_000 });
    await recordBlame(recorder, [connection], planned, {
      reports: "/nowhere",
      look: async () => around({ host: { load: busy, disks: [] } }),
      machines,
    });
    expect(recorder.tests.map((one) => one.outcome)).toEqual([outcome]);
  },
);
