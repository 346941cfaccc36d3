import { afterEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import { GuideFailure, type HarnessError, InfrastructureError } from "../../../errors.ts";
import type { StepGroup } from "../../../guide/types.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { judgedAfter } from "../../walk/failures.ts";
import { apply } from "../apply.ts";
import { again, failed, journal, node, nodes, running, start, started } from "./testing.ts";
import { context, group, planOf, run, step, terminal } from "../../testing.ts";

afterEach(() => void vi.restoreAllMocks());

test("a unit that died outranks the empty output after it, and fails the step that started it", async () => {
  const t72 = node([running, failed]);
  const made = context({ t72 });
  await expect(apply({ plan: planOf(started, nodes), ...made })).rejects.toMatchObject({
    verdict: "guide",
    message:
      "3.2.9/start-kubelet@t72: kubelet did not stay up: failed, result exit-code, exit code 255, 5 restarts: server.go:155] unknown flag: --no-such-flag",
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

test("a unit that dies of what these machines do not have is not held against the guide", async () => {
  const word = "failed to set open file handler limit: operation not permitted";
  const said = journal.replace("unknown flag: --no-such-flag", word);
  const t72 = node([running, failed], {}, [], "t72", said);
  const made = context({ t72 });
  const limitations = [{ capability: "privileges", reason: "not every capability" } as const];
  await expect(apply({ plan: planOf(started, nodes), ...made, limitations })).rejects.toMatchObject({
    verdict: "not-possible",
    message: expect.stringMatching(
      /kubelet did not stay up: .*operation not permitted: not every capability$/,
    ),
  });
  await expect(apply({ plan: planOf(started, nodes), ...context({ t72 }) })).rejects.toMatchObject({
    verdict: "guide",
  });
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
    message: expect.stringContaining("5 restarts, journald suppressed 512 messages: server.go:155]"),
    details: {
      unitJournal: expect.stringMatching(
        /^-- journald suppressed 512 messages of kubelet\n-- the journal is kept in memory alone: it begins Nov 28 16:59:58/,
      ),
    },
  });
});

test("what the next process of a unit says is not among its last words, and what nobody sees in them is named", async () => {
  const front = "Nov 29 12:47:20.2 t71 kube-apiserver[369]:";
  const words =
    "F1129 12:47:20.268697 369 storage_decorator.go:57] address https://192.168.4.71:2379\u200B: too many colons";
  const ended =
    "Nov 29 12:47:20.3 t71 systemd[1]: kube-apiserver.service: Main process exited, code=exited, status=255/EXCEPTION";
  const next = Array.from(
    { length: 30 },
    (_, index) => `${front} E1129 12:47:20.7 376 prometheus.go:${index}a] failed to register`,
  );
  const said = [`${front} ${words}`, ended, ...next, ""].join("\n");
  const made = context({ t72: node([failed], {}, [], "t72", said) });
  await expect(apply({ plan: planOf(started, nodes), ...made })).rejects.toMatchObject({
    message: expect.stringContaining("address https://192.168.4.71:2379<U+200B>: too many colons"),
    details: { unitJournal: [`${front} ${words}`, ended].join("\n") },
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

const afterShell = async (failure: HarnessError) => judgedAfter(["somebody was at a shell on t71"], failure);

test("a step and its unit that fail where the guide does not lead are one failure, as the record has it", async () => {
  const t72 = node([failed], { [start]: { exitCode: 1, stderr: "Job for kubelet.service failed" } });
  const made = context({ t72 });
  const thrown: unknown = await apply({ plan: planOf(started), ...made, judged: afterShell }).catch(
    (error: unknown) => error,
  );
  const [{ failure } = {}] = made.recorder.steps;
  expect(failure?.message).toMatch(
    /ended with exit code 1; this is not where .* t71; kubelet did not stay up: /,
  );
  expect(thrown).toMatchObject({
    verdict: "usage",
    message: failure?.message,
    cause: expect.any(GuideFailure),
  });
});

test("a step whose unit is still being started says what its program complains of", async () => {
  const starting = again(1, { ActiveState: "activating", SubState: "start" });
  const key = "main.go:388] Couldn't fetch network config: 100: Key not found (/k8s) [4]";
  const said = `Nov 29 12:58:56.8 t72 flanneld[680]: timed out\nNov 29 12:58:56.8 t72 flanneld[680]: E1129 12:58:56.855874 680 ${key}\n`;
  const stderr = "Job for kubelet.service failed because a timeout was exceeded.\n";
  const t72 = node([starting], { [start]: { exitCode: 1, stderr } }, [], "t72", said);
  const hurried = { signal: new AbortController().signal, deadlines: new Deadlines(0.1) };
  await expect(apply({ plan: planOf(started), ...context({ t72 }), context: hurried })).rejects.toMatchObject(
    {
      message: `3.2.9/start-kubelet@t72: ended with exit code 1; kubelet did not start: ${key}`,
    },
  );
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

test("many short steps cost a look now and then, not one each", async () => {
  const t72 = node([running]);
  const quick = Array.from({ length: 30 }, (_, index) => group(step(`5/${index}`, "t72", run("true"))));
  let looks = 0;
  const onGroupDone = async (): Promise<void> => void (looks = t72.asked.length);
  await apply({ plan: planOf(started, ...quick), ...context({ t72 }), onGroupDone });
  expect(looks).toBeLessThan(5);
});
