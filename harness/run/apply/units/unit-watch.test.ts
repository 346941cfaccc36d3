import { afterEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import { InfrastructureError } from "../../../errors.ts";
import type { StepGroup } from "../../../guide/types.ts";
import type { Connection, ExecResult } from "../../../machines/ssh/connection.ts";
import { apply } from "../apply.ts";
import { context, excused, file, group, planOf, run, step, terminal } from "../../testing.ts";

type Shown = Readonly<Record<string, string | number>>;

const running: Shown = {
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "running",
  Result: "success",
  ExecMainStatus: 0,
  NRestarts: 0,
  ExecMainStartTimestampMonotonic: 100,
};
const again = (NRestarts: number, changes: Shown = {}): Shown => ({
  ...running,
  NRestarts,
  ExecMainStatus: 255,
  ExecMainStartTimestampMonotonic: 100 + NRestarts,
  ...changes,
});
const failed = again(5, { ActiveState: "failed", SubState: "failed", Result: "exit-code" });

afterEach(() => void vi.restoreAllMocks());

/** A kubelet's journal with a flag that it does not know: its word, what Go adds, and what systemd says of it. */
const journal = `Nov 28 17:00:01.100000 t72 kubelet[41]: F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag
Nov 28 17:00:01.100050 t72 kubelet[41]:       --runtime-request-timeout duration   Timeout of all requests; if that fails, an error
Nov 28 17:00:01.100100 t72 kubelet[41]: goroutine 1 [running]:
Nov 28 17:00:01.200000 t72 systemd[1]: kubelet.service: Main process exited, code=exited, status=255/EXCEPTION
Nov 28 17:00:01.200100 t72 systemd[1]: kubelet.service: Failed with result 'exit-code'.
`;

/** A machine whose kubelet is seen in these states, one a look; the last stays. It answers only what is asked. */
function node(
  states: readonly Shown[],
  replies: Parameters<typeof terminal>[1] = {},
  /** Units that are up whatever becomes of the others. */
  fine: readonly string[] = [],
  machine = "t72",
) {
  const left = [...states];
  const asked: string[] = [];
  const answer = (command: string): Partial<ExecResult> => {
    if (command.includes("*.service")) return { stdout: "" };
    asked.push(command);
    if (command.includes("journalctl")) return { stdout: journal };
    const state = (left.length > 1 ? left.shift() : left[0]) ?? running;
    const units = command.trim().split(" ").slice(3);
    const blocks = units.map((unit) =>
      Object.entries(fine.includes(unit) ? running : state).map(([name, value]) => `${name}=${value}\n`),
    );
    return { stdout: blocks.map((lines) => lines.join("")).join("\n") };
  };
  return { ...terminal(machine, replies, answer), asked };
}

const start = "systemctl daemon-reload\nsystemctl start kubelet\nsystemctl enable kubelet";
const started = group(
  step("3.2.9/start-kubelet", "t72", run(start), { location: { file: "guide.md", line: 789 } }),
);
const empty = { expect: { text: "192.168.4.72 Ready", location: { file: "guide.md", line: 984 } } };
const nodes = group(step("4.2.6/show-nodes", "t72", run("kubectl get nodes"), empty));

test("a unit that died outranks the empty output after it, and fails the step that started it", async () => {
  const t72 = node([running, failed]);
  const made = context({ t72 });
  await expect(apply({ plan: planOf(started, nodes), ...made })).rejects.toMatchObject({
    verdict: "guide",
    message:
      "3.2.9/start-kubelet@t72: kubelet did not stay up: failed, result exit-code, exit code 255, 5 restarts: F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag",
    details: {
      step: "3.2.9/start-kubelet@t72",
      location: { file: "guide.md", line: 789 },
      unitJournal: expect.stringContaining("unknown flag"),
    },
  });
  expect(made.recorder.steps.map(({ key, outcome }) => [key, outcome])).toEqual([
    ["3.2.9/start-kubelet@t72", "failed"],
    ["4.2.6/show-nodes@t72", "failed"],
  ]);
  expect(made.recorder.facts.unitFindings).toMatchObject([
    { machine: "t72", unit: "kubelet", step: "3.2.9/start-kubelet@t72", dead: true },
  ]);
  expect(made.events.filter(({ type }) => type === "unit")).toHaveLength(1);
});

test("what journald suppressed is told of a unit that died, for its reason may be among it", async () => {
  const t72 = node([failed]);
  const lossy: Connection = {
    ...t72.connection,
    with: () => lossy,
    exec: async (command, options) => {
      const mark = /echo "(-- \S+)"/.exec(command)?.[1];
      const result = await t72.connection.exec(command, options);
      const gaps = "suppressed 512 /system.slice/kubelet.service\nvolatile Nov 28 16:59:58\n";
      return mark === undefined ? result : { ...result, stdout: `${journal}${mark}\n${gaps}` };
    },
  };
  const made = context({ t72: { ...t72, connection: lossy } });
  await expect(apply({ plan: planOf(started, nodes), ...made })).rejects.toMatchObject({
    message: expect.stringContaining("5 restarts, journald suppressed 512 messages: F1128 17:00:01.099"),
    details: {
      unitJournal: expect.stringMatching(
        /^-- journald suppressed 512 messages of kubelet\n-- the journal is kept in memory alone: it begins Nov 28 16:59:58/,
      ),
    },
  });
});

test("a step that fails because its own unit dies says what the unit said, and keeps its output", async () => {
  const t72 = node([failed], { [start]: { exitCode: 1, stderr: "Job for kubelet.service failed" } });
  const made = context({ t72 });
  const message =
    "3.2.9/start-kubelet@t72: ended with exit code 1; kubelet did not stay up: failed, result exit-code";
  await expect(apply({ plan: planOf(started), ...made })).rejects.toMatchObject({
    message: expect.stringMatching(`^${message}.*unknown flag: --no-such-flag$`),
    details: { outputTail: "Job for kubelet.service failed", exitCode: 1 },
  });
  expect(made.recorder.steps).toMatchObject([{ failure: { message: expect.stringContaining(message) } }]);
});

test("a unit that systemd is about to start again, though seldom, does not stay up", async () => {
  const waits = again(0, { ActiveState: "activating", SubState: "auto-restart", Result: "exit-code" });
  const t72 = node([waits], { [start]: { exitCode: 1, stderr: "Job for kubelet.service failed" } });
  const made = context({ t72 });
  const hurried = { ...made.context, deadlines: new Deadlines(0.02) };
  await expect(apply({ plan: planOf(started), ...made, context: hurried })).rejects.toThrow(
    /^3.2.9\/start-kubelet@t72: ended with exit code 1; kubelet did not stay up: .*unknown flag/,
  );
});

test("a unit that is dead right after its start fails before the next step is run", async () => {
  const t72 = node([failed]);
  await expect(apply({ plan: planOf(started, nodes), ...context({ t72 }) })).rejects.toThrow(
    "3.2.9/start-kubelet",
  );
  expect(t72.ran).toEqual([start]);
});

test("a unit that is seen to be dead beside the last block ends the run, too", async () => {
  const now = performance.now.bind(performance);
  let later = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + later);
  const t72 = node([running, failed]);
  const idle = ["3.3/first", "3.3/last"].map((id) => group(step(id, "t72", run(id))));
  const plan = planOf(started, ...idle);
  const onGroupDone = async (): Promise<void> => void (later += 10_000);
  await expect(apply({ plan, ...context({ t72 }), onGroupDone })).rejects.toThrow("kubelet did not stay up");
  expect(t72.ran).toEqual([start, "3.3/first", "3.3/last"]);
});

test("a unit that the last block starts is looked at until it is known to stay up", async () => {
  for (const states of [[failed], [running, failed], [again(1), again(2), again(3), again(4)]]) {
    const made = context({ t72: node(states) });
    await expect(apply({ plan: planOf(started), ...made })).rejects.toThrow("kubelet did not stay up");
    expect(made.recorder.steps).toMatchObject([{ outcome: "failed" }]);
  }
  const fine = node([running]);
  await apply({ plan: planOf(started), ...context({ t72: fine }) });
  expect(fine.asked.length).toBeGreaterThan(1);
});

test("what the last block starts can be looked after beside what follows", async () => {
  let staying: Promise<void> | undefined;
  const made = context({ t72: node([running, failed]) });
  await apply({ plan: planOf(started), ...made, beside: (work) => void (staying = work) });
  expect(made.recorder.steps).toMatchObject([{ outcome: "passed" }]);
  await expect(staying).rejects.toThrow("kubelet did not stay up");
  expect(made.recorder.steps).toMatchObject([{ outcome: "failed" }]);
});

test("what nobody read in the steps is told before what follows can break units itself", async () => {
  const t72 = node([running]);
  const exec = t72.connection.exec.bind(t72.connection);
  const told: string[] = [];
  vi.spyOn(t72.connection, "exec").mockImplementation(async (command, options) => {
    const answer = await exec(command, options);
    if (command.includes("*.service")) told.push("survey");
    return answer;
  });
  await apply({ plan: planOf(started), ...context({ t72 }), beside: () => void told.push("suites") });
  expect(told).toEqual(["survey", "survey", "suites"]);
});

test("what has stayed up long enough is looked at once more after the last block, and then left alone", async () => {
  const now = performance.now.bind(performance);
  let later = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now() + later);
  const [t71, t72] = [node([running], {}, [], "t71"), node([running])];
  let looks = 0;
  const onGroupDone = async (): Promise<void> => {
    later += 10_000;
    looks = t71.asked.length;
  };
  const idle = group(step("3/idle", "t71", run("true")));
  await apply({
    plan: planOf(begin("1/start-etcd", "t71"), idle, started),
    ...context({ t71, t72 }),
    onGroupDone,
  });
  expect(t71.asked.length - looks).toBe(1);
});

/** What is cut short, but for a look at all services. */
const cut = (stdout: string) => (command: string) =>
  command.includes("*.service") ? {} : { stdout, timedOut: true };

test("an answer that was cut short says nothing of a unit, neither that it died nor that it is up", async () => {
  for (const stdout of ["", "LoadState=loaded\n", "LoadState=loaded\nActiveState=failed\n"]) {
    const made = context({ t72: terminal("t72", {}, cut(stdout)) });
    const hurried = { ...made.context, deadlines: new Deadlines(0.02) };
    const applied = apply({ plan: planOf(started), ...made, context: hurried });
    await expect(applied).rejects.toMatchObject({
      verdict: "infrastructure",
      message: "t72 did not say what became of kubelet",
    });
  }
  let asked = 0;
  const flaky = terminal("t72", {}, (command) => {
    if (command.includes("*.service")) return {};
    asked += 1;
    const lines = Object.entries(running).map(([name, value]) => `${name}=${value}\n`);
    return asked % 2 === 0 ? { stdout: "", timedOut: true } : { stdout: lines.join("") };
  });
  await apply({ plan: planOf(started), ...context({ t72: flaky }) });
});

test("a machine that cannot be asked at the end leaves nothing proved", async () => {
  const silent = terminal("t72", {}, () => {
    throw new InfrastructureError("t72: connection lost");
  });
  await expect(apply({ plan: planOf(started), ...context({ t72: silent }) })).rejects.toThrow(
    "t72: connection lost",
  );
});

test("a wait ends early when a unit dies meanwhile", async () => {
  const t72 = node([running, failed]);
  const patient = { expect: { ...empty.expect, within: 60_000 } };
  const waiting = group(step("3.2.10/list", "t72", run("kubectl get csr"), patient));
  await expect(apply({ plan: planOf(started, waiting), ...context({ t72 }) })).rejects.toThrow(
    "kubelet did not stay up",
  );
});

test("a unit that is started again and again is dead; by its start where systemd does not count", async () => {
  const counted = node([again(0), again(1), again(2), again(3)]);
  await expect(apply({ plan: planOf(started, nodes), ...context({ t72: counted }) })).rejects.toThrow(
    "kubelet did not stay up: started again and again",
  );
  const old = [0, 1, 2, 3].map((count) => again(count, { NRestarts: "" }));
  await expect(apply({ plan: planOf(started, nodes), ...context({ t72: node(old) }) })).rejects.toThrow(
    "kubelet did not stay up: started again and again",
  );
});

test("a unit that is started anew before it was up is the affair of the step that started it first", async () => {
  const t72 = node([running, again(1), again(0), failed]);
  const anew = group(step("4.2.5/start-network", "t72", run("systemctl restart kubelet")));
  const between = group(step("4.1/a", "t72", run("true")));
  const plan = planOf(started, between, anew, nodes);
  await expect(apply({ plan, ...context({ t72 }) })).rejects.toThrow(
    "3.2.9/start-kubelet@t72: kubelet did not stay up",
  );
});

const begin = (id: string, machine: string): StepGroup =>
  group(step(id, machine, run(`systemctl start ${id.slice(id.indexOf("-") + 1)}`)));

test("of several that died the first in the guide is the cause, on whichever machine it is", async () => {
  const plan = planOf(
    begin("1/start-etcd", "t71"),
    begin("2/start-docker", "t72"),
    begin("3/start-late", "t71"),
    nodes,
  );
  const [t71, t72] = [node([running, running, failed], {}, ["etcd"], "t71"), node([running, failed])];
  await expect(apply({ plan, ...context({ t71, t72 }) })).rejects.toThrow(
    /^2\/start-docker@t72: docker did not/,
  );
});

test("a unit that came up after a restart is told, and is not the cause", async () => {
  const made = context({ t72: node([running, again(1)]) });
  const applied = apply({ plan: planOf(started, nodes), ...made });
  await expect(applied).rejects.toThrow("4.2.6/show-nodes@t72: the output is not what the guide shows");
  expect(made.recorder.facts.unitFindings).toMatchObject([{ unit: "kubelet", dead: false }]);
  expect(made.recorder.steps[0]?.outcome).toBe("passed");
});

test("a unit that the guide stopped is nobody's business, nor is one that was down before the run", async () => {
  const stopped = group(step("4.2.5/stop", "t72", run("systemctl stop kubelet")));
  const t72 = node([running, failed]);
  await apply({
    plan: planOf(started, stopped, group(step("5/a", "t72", run("true")))),
    ...context({ t72 }),
  });
  const before = node([failed]);
  await apply({
    plan: planOf(started, group(step("5/a", "t72", run("true")))),
    ...context({ t72: before }),
    after: "3.2.9/start-kubelet",
  });
  expect(before.asked).toHaveLength(2);
});

test("what is around the guide is looked at before a dead unit is the guide's fault", async () => {
  const made = context({ t72: node([failed]) });
  const judged = excused("the kernel killed it");
  await expect(apply({ plan: planOf(started, nodes), ...made, judged })).rejects.toMatchObject({
    verdict: "infrastructure",
  });
  expect(made.recorder.steps).toMatchObject([{ key: "3.2.9/start-kubelet@t72", outcome: "error" }]);
});

test("many short steps cost a look now and then, not one each", async () => {
  const t72 = node([running]);
  const quick = Array.from({ length: 30 }, (_, index) => group(step(`5/${index}`, "t72", run("true"))));
  let looks = 0;
  const onGroupDone = async (): Promise<void> => void (looks = t72.asked.length);
  await apply({ plan: planOf(started, ...quick), ...context({ t72 }), onGroupDone });
  expect(looks).toBeLessThan(5);
});

/** A service as a look at all of them shows it. */
const service = (unit: string, ActiveState: string, begun: number): string =>
  `Id=${unit}.service\nActiveState=${ActiveState}\nInactiveExitTimestampMonotonic=${begun}\n`;

/** A machine with these services before the first block, and after the last one, when those that are looked after are in a state. */
function surveyed(before: readonly string[], after: readonly string[], state: Shown, machine = "t72") {
  const surveys = [before, after].map((services) => services.join("\n"));
  const answer = (command: string): Partial<ExecResult> => {
    if (command.includes("*.service")) return { stdout: surveys.shift() ?? "" };
    if (command.includes("journalctl")) return { stdout: journal };
    const units = command.trim().split(" ").slice(3);
    const lines = Object.entries(state).map(([name, value]) => `${name}=${value}\n`);
    return { stdout: units.map(() => lines.join("")).join("\n") };
  };
  return terminal(machine, {}, answer);
}

const unitFile = group(step("3.2.8/unit", "t72", file("/usr/lib/systemd/system/kubelet.service")));
const other = (script: string, more = {}): StepGroup => group(step("3.2.9/all", "t72", run(script), more));

test.for<[string, StepGroup[], string]>([
  [
    "a loop over words that nobody knows",
    [unitFile, other("for u in $(list); do systemctl start $u; done")],
    "3.2.8/unit",
  ],
  ["a script that is run", [other("cat >kubelet.service <a; sh start.sh")], "3.2.9/all"],
  ["a function", [unitFile, other('up() { systemctl start "$1"; }; up kubelet')], "3.2.9/all"],
])("a unit that died is not passed over where it was started by %s", async ([, groups, owner]) => {
  const t72 = surveyed([service("kubelet", "inactive", 0)], [service("kubelet", "failed", 7)], failed);
  const made = context({ t72 });
  await expect(apply({ plan: planOf(...groups), ...made })).rejects.toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(`^${owner}@t72: kubelet did not stay up: failed, result exit-code`),
    details: { machine: "t72", step: `${owner}@t72` },
  });
});

const far = (script: string): StepGroup => group(step("3.2.9/far", "t71", run(script)));

test("a unit on another machine is that of the step that says so there, or logs in there", async () => {
  const kubelet = [service("kubelet", "failed", 7)];
  for (const there of [far("systemctl -H t72 start kubelet"), far("ssh t72 systemctl start kubelet")]) {
    const made = context({ t71: terminal("t71", {}), t72: surveyed([], kubelet, failed) });
    await expect(apply({ plan: planOf(there), ...made })).rejects.toMatchObject({
      message: expect.stringMatching(/^3.2.9\/far@t71: kubelet did not stay up/),
      details: { machine: "t72" },
    });
  }
});

test.for<[string, StepGroup[], string[]]>([
  ["had failed before the guide began", [unitFile], [service("kubelet", "failed", 7)]],
  ["the guide has nothing to do with", [other("systemctl start $u; ls kubelet-data my-kubelet")], []],
  ["the guide stopped since", [unitFile, other("systemctl stop kubelet")], []],
])("a unit that %s is not the guide's affair", async ([, groups, before]) => {
  const t72 = surveyed(before, [service("kubelet", "failed", 7)], failed);
  await expect(apply({ plan: planOf(...groups), ...context({ t72 }) })).resolves.toBeUndefined();
});

test("a unit that was down before the run counts if it was started anew, and not if systemd does so all along", async () => {
  const plan = planOf(started, other("systemctl start $(list)"));
  const restarted = surveyed([service("kubelet", "failed", 7)], [service("kubelet", "failed", 9)], failed);
  await expect(apply({ plan, ...context({ t72: restarted }), after: "3.2.9/start-kubelet" })).rejects.toThrow(
    /^3.2.9\/start-kubelet@t72: kubelet did not stay up/,
  );
  for (const now of ["activating", "failed"]) {
    const looping = surveyed([service("kubelet", "activating", 7)], [service("kubelet", now, 9)], failed);
    await apply({ plan, ...context({ t72: looping }), after: "3.2.9/start-kubelet" });
  }
});

test("a unit that is still being started when all has had its time does not come up", async () => {
  const starting = again(0, { ActiveState: "activating", SubState: "start", ExecMainStatus: 0 });
  const t72 = node([starting]);
  const made = context({ t72 });
  const hurried = { ...made.context, deadlines: new Deadlines(0.005) };
  const anyway = group(step("3.2.9/start-kubelet", "t72", run("systemctl --no-block start kubelet")));
  await expect(apply({ plan: planOf(anyway), ...made, context: hurried })).rejects.toThrow(
    "3.2.9/start-kubelet@t72: kubelet did not stay up: still activating",
  );
  const late = node([starting, starting, starting, running]);
  await apply({ plan: planOf(anyway), ...context({ t72: late }) });
});

test("an earlier unit that nobody could read is the cause of a later failure", async () => {
  const t72 = surveyed([], [service("kubelet", "failed", 7)], failed);
  const plan = planOf(unitFile, other("systemctl start $(list)"), nodes);
  await expect(apply({ plan, ...context({ t72 }) })).rejects.toThrow(/^3.2.8\/unit@t72: kubelet did not/);
});

test("a machine that does not say what its units are like leaves nothing proved", async () => {
  const t72 = terminal("t72", {}, () => ({ stdout: "", timedOut: true }));
  await expect(apply({ plan: planOf(unitFile), ...context({ t72 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: "t72 did not say what its units are like",
  });
});
