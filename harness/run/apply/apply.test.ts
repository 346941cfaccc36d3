import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { GuideFailure, InfrastructureError, UsageError } from "../../errors.ts";
import type { Step } from "../../guide/types.ts";
import type { KeptShell } from "../../machines/ssh/connection.ts";
import { apply, selectGroups } from "./apply.ts";
import { context, excused, file, group, never, planOf, run, step, terminal } from "../testing.ts";

test("a block runs on all its machines, and the next starts when all are done", async () => {
  const t72 = terminal("t72", {});
  const t76 = terminal("t76", {});
  const order: string[] = [];
  const plan = planOf(
    group(step("1.1/a", "t72", run("a")), step("1.1/a", "t76", run("a"))),
    group(step("1.1/b", "t76", run("b"))),
  );
  await apply({ plan, ...context({ t72, t76 }), onGroupDone: async ({ id }) => void order.push(id) });
  expect(order).toEqual(["1.1/a", "1.1/b"]);
  expect(t72.ran).toEqual(["a"]);
  expect(t76.ran).toEqual(["a", "b"]);
});

test("a failing command stops the run with step, place, command, exit code, output and the unit's journal", async () => {
  const t71 = terminal("t71", { "systemctl start etcd": { exitCode: 5, stderr: "Job failed" } });
  const plan = planOf(
    group(step("2.4.4/start", "t71", run("systemctl start etcd"))),
    group(step("2.5/next", "t71", run("next"))),
  );
  const made = context({ t71 });
  const failure = await apply({ plan, ...made }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GuideFailure);
  expect(failure).toMatchObject({
    message: "2.4.4/start@t71: ended with exit code 5: Job failed",
    details: {
      machine: "t71",
      step: "2.4.4/start@t71",
      location: { file: "guide.md", line: 7 },
      command: "systemctl start etcd",
      exitCode: 5,
      outputTail: "Job failed",
      unitJournal: expect.stringContaining("-u etcd"),
    },
  });
  expect(t71.ran).toEqual(["systemctl start etcd"]);
  expect(made.recorder.steps).toMatchObject([{ outcome: "failed", exitCode: 5 }]);
});

test("a dead connection is infrastructure, not the guide", async () => {
  const t71 = terminal("t71", { a: new InfrastructureError("t71: connection lost") });
  const made = context({ t71 });
  await expect(apply({ plan: planOf(group(step("1.1/a", "t71", run("a")))), ...made })).rejects.toThrow(
    InfrastructureError,
  );
  expect(made.recorder.steps).toMatchObject([{ outcome: "error", failure: { verdict: "infrastructure" } }]);
});

test("a machine that died explains the failure beside it, and both are kept", async () => {
  const t72 = terminal("t72", { a: new InfrastructureError("gone") });
  const t76 = terminal("t76", { a: { exitCode: 1 } });
  const plan = planOf(group(step("1.1/a", "t72", run("a")), step("1.1/a", "t76", run("a"))));
  const made = context({ t72, t76 });
  await expect(apply({ plan, ...made })).rejects.toThrow("gone");
  expect(made.recorder.steps.map(({ key, failure }) => [key, failure?.verdict])).toEqual([
    ["1.1/a@t72", "infrastructure"],
    ["1.1/a@t76", "guide"],
  ]);
});

test("output that the guide does not show is a failure at the output's place, compared once", async () => {
  const t71 = terminal("t71", { get: { stdout: "NotReady\n" } });
  const expecting = { expect: { text: "Ready", location: { file: "guide.md", line: 12 } } };
  const plan = planOf(group(step("1.1/get", "t71", run("get"), expecting)));
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({
    details: { location: { file: "guide.md", line: 12 } },
  });
  expect(t71.ran).toEqual(["get"]);
});

test("where the guide lets the reader wait, the command is repeated until it prints what is shown", async () => {
  const t71 = terminal("t71", { get: [{ stdout: "Pending\n" }, { stdout: "Issued\n" }] });
  const expecting = { expect: { text: "Issued", location: { file: "guide.md", line: 12 }, within: 5000 } };
  await apply({ plan: planOf(group(step("1.1/get", "t71", run("get"), expecting))), ...context({ t71 }) });
  expect(t71.ran).toEqual(["get", "get"]);
});

test("a wait for an output says what it waits for, since when and until when", async () => {
  const t71 = terminal("t71", { get: { stdout: "Issued\n" } });
  const expecting = { expect: { text: "Issued", location: { file: "guide.md", line: 12 }, within: 60_000 } };
  const made = context({ t71 });
  const watch = vi.spyOn(made.recorder, "watch");
  await apply({ plan: planOf(group(step("1.1/get", "t71", run("get"), expecting))), ...made });
  expect(watch.mock.calls.map(([far]) => far())).toEqual([
    "1.1/get@t71 waits for its output, 0 s of 1 min 0 s",
  ]);
});

test("the wait ends at its deadline with the last observation, and says how often it asked", async () => {
  const t71 = terminal("t71", { get: { stdout: "Pending\n" } });
  const expecting = { expect: { text: "Issued", location: { file: "guide.md", line: 12 }, within: 400 } };
  const plan = planOf(group(step("1.1/get", "t71", run("get"), expecting)));
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({
    message: expect.stringMatching(/not what the guide shows \(asked \d times in \d(\.\d)? s\)$/),
    details: { outputTail: expect.stringContaining("Pending"), late: expect.any(Number) },
  });
});

test("a question that outlasts the wait is not the only one", async () => {
  const t71 = terminal("t71", { get: [{ stdout: "Pending\n" }, { stdout: "Issued\n" }] });
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const slow: KeptShell = {
    ...t71.shell,
    run: async (...asked) => {
      now += 41_000;
      return t71.shell.run(...asked);
    },
  };
  const expecting = {
    expect: { text: "Issued", location: { file: "guide.md", line: 12 }, within: 30_000 },
  };
  const plan = planOf(group(step("1.1/get", "t71", run("get"), expecting)));
  await apply({ plan, ...context({ t71: { ...t71, shell: slow } }) });
  vi.restoreAllMocks();
  expect(t71.ran).toEqual(["get", "get"]);
});

test("what is around the guide is looked at before a failure is recorded and thrown", async () => {
  const t71 = terminal("t71", { a: { exitCode: 1, stderr: "No space left on device" } });
  const made = context({ t71 });
  const judged = excused("/ of t71 has 0 MiB left");
  const applied = apply({ plan: planOf(group(step("1.1/a", "t71", run("a")))), ...made, judged });
  await expect(applied).rejects.toThrow("1.1/a@t71: ended with exit code 1; / of t71 has 0 MiB left");
  expect(made.recorder.steps).toMatchObject([{ outcome: "error", failure: { verdict: "infrastructure" } }]);
});

test("a step that prints nothing for too long is ended, one that prints goes on", async () => {
  const t71 = terminal("t71", {});
  const talk: KeptShell = {
    ...t71.shell,
    run: async (_, { signal, onOutput } = {}) => {
      for (const text of ["a", "b", "c", "d"]) {
        await delay(30);
        onOutput?.({ stream: "stdout", text });
      }
      return never(signal);
    },
  };
  const made = context({ t71: { ...t71, shell: talk } });
  const applied = apply({
    plan: planOf(group(step("1.1/a", "t71", run("talk")))),
    ...made,
    context: { ...made.context, deadlines: new Deadlines(1 / 1000) },
  });
  await expect(applied).rejects.toMatchObject({
    message: "1.1/a@t71: printed nothing for 0.3 s",
    details: { outputTail: "abcd", late: expect.any(Number) },
  });
});

test("a file is written with its final newline", async () => {
  const t71 = terminal("t71", {});
  await apply({
    plan: planOf(group(step("2.4.2/conf", "t71", file("/k8s/etcd.conf")))),
    ...context({ t71 }),
  });
  expect(t71.files.get("/k8s/etcd.conf")).toBe("A=1\n");
});

test("a machine that does not answer is no missing folder", async () => {
  const t71 = terminal("t71", {});
  const silent = async () => ({ ...(await t71.shell.run("")), stdout: "missing\n", timedOut: true });
  const plan = planOf(group(step("2.4.2/conf", "t71", file("/k8s/etcd.conf"))));
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: silent } } });
  await expect(apply({ plan, ...made })).rejects.toMatchObject({ verdict: "infrastructure" });
});

test("a shell that does not say what a variable is has not said that it is empty", async () => {
  const t71 = terminal("t71", { 'printf %s "$NAME"': { exitCode: 124, timedOut: true } });
  const action: Step["action"] = {
    kind: "run",
    script: "read name",
    tty: [{ prompt: "Name:", reply: "$NAME" }],
  };
  const plan = planOf(group(step("1.1/ask", "t71", action)));
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({ verdict: "infrastructure" });
});

test("an appended file keeps what it had", async () => {
  const t71 = terminal("t71", {});
  t71.files.set("/etc/profile", "old\n");
  const action: Step["action"] = {
    kind: "file",
    path: "/etc/profile",
    mode: 0o644,
    append: true,
    content: "new",
  };
  await apply({ plan: planOf(group(step("2.7.1/path", "t71", action))), ...context({ t71 }) });
  expect(t71.files.get("/etc/profile")).toBe("old\nnew\n");
});

test("secrets reach neither the record nor the events", async () => {
  const token = "663eb46fb81c4cf2a9bedb84bea03582";
  const t71 = terminal("t71", { show: { stdout: `${token}\n` } });
  const made = context({ t71 }, [token]);
  await apply({ plan: planOf(group(step("2.6/show", "t71", run("show")))), ...made });
  expect(JSON.stringify([made.events, made.recorder.steps])).not.toContain(token);
  expect(made.recorder.steps[0]?.output).toBe("[redacted]\n");
});

test("a part of the plan is chosen by step and section", () => {
  const plan = planOf(
    group(step("2.3/a", "t71", run("a"))),
    group(step("2.4.1/b", "t71", run("b"))),
    group(step("2.4.2/c", "t71", run("c"))),
    group(step("2.5/d", "t71", run("d"))),
  );
  const ids = (part: Parameters<typeof selectGroups>[1]) => selectGroups(plan, part).map(({ id }) => id);
  expect(ids({ to: "2.4" })).toEqual(["2.3/a", "2.4.1/b", "2.4.2/c"]);
  expect(ids({ from: "2.4.2/c@t71" })).toEqual(["2.4.2/c", "2.5/d"]);
  expect(ids({ from: "2.4" })).toEqual(["2.4.1/b", "2.4.2/c", "2.5/d"]);
  expect(ids({ after: "2.4.1/b" })).toEqual(["2.4.2/c", "2.5/d"]);
  expect(ids({ after: "2.5/d" })).toEqual([]);
  expect(() => ids({ from: "9/x" })).toThrow(UsageError);
  expect(() => ids({ to: "2.44" })).toThrow(UsageError);
});

test("a command that shows a limit of the machines is not possible here, and not the guide's fault", async () => {
  const stderr = "the input device is not a TTY";
  const t71 = terminal("t71", { "docker run -it busybox": { exitCode: 1, stderr } });
  const made = context({ t71 });
  const plan = planOf(group(step("1.1/a", "t71", run("docker run -it busybox"))));
  await expect(apply({ plan, ...made })).rejects.toThrow(
    "1.1/a@t71: ended with exit code 1: nobody is at a terminal",
  );
  expect(made.recorder.steps).toMatchObject([
    { outcome: "error", failure: { verdict: "not-possible", outputTail: stderr, location: { line: 7 } } },
  ]);
});

const expected = (text: string, columns?: true): Partial<Step> => ({
  expect: { text, location: { file: "guide.md", line: 12 }, ...(columns && { columns }) },
});

test("names that ls prints one to a line are those that a terminal shows in columns", async () => {
  const t71 = terminal("t71", { ls: { stdout: "a.pem\nb.pem\nc.pem\n" }, other: { stdout: "a\nb\n" } });
  const shown = step("1.1/a", "t71", run("ls"), expected("a.pem  c.pem\nb.pem", true));
  await apply({ plan: planOf(group(shown)), ...context({ t71 }) });
  for (const unlike of [
    step("1.1/a", "t71", run("ls"), expected("a.pem  c.pem", true)),
    step("1.1/a", "t71", run("ls"), expected("a.pem b.pem c.pem d.pem", true)),
    step("1.1/b", "t71", run("other"), expected("a  b")),
  ]) {
    await expect(apply({ plan: planOf(group(unlike)), ...context({ t71 }) })).rejects.toThrow(
      "the output is not what the guide shows",
    );
  }
});
