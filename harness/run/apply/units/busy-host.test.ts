import { expect, test } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import { judge } from "../../../blame/judge.ts";
import { GuideFailure, type HarnessError, InfrastructureError } from "../../../errors.ts";
import { apply } from "../apply.ts";
import { again, empty, failed, journal, node, nodes, running, started } from "./testing.ts";
import { context, excused, group, planOf, run, step } from "../../testing.ts";

test("what is around the guide is looked at before a dead unit is the guide's fault", async () => {
  const made = context({ t72: node([failed]) });
  const judged = excused("the kernel killed it");
  await expect(apply({ plan: planOf(started, nodes), ...made, judged })).rejects.toMatchObject({
    verdict: "infrastructure",
  });
  expect(made.recorder.steps).toMatchObject([{ key: "3.2.9/start-kubelet@t72", outcome: "error" }]);
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

test.for([
  ["cannot create certificate signing request: Unauthorized", "guide"],
  ["leaderelection lost", "infrastructure"],
] as const)("a wait in vain while a unit ends once, with %s: to blame is %s", async ([word, verdict]) => {
  const t72 = node([running, again(1)], {}, [], "t72", journal.replace(/unknown flag.*/, word));
  const waits = { expect: { ...empty.expect, within: 50 } };
  const late = group(step("4.2.6/show-nodes", "t72", run("kubectl get nodes"), waits));
  const plan = planOf(started, late);
  const hurried = { signal: new AbortController().signal, deadlines: new Deadlines(0.05) };
  const applied = apply({ plan, ...context({ t72 }), context: hurried, judged: starved });
  const ended = `; kubelet on t72 ended meanwhile: server.go:155] ${word}`;
  const said = verdict === "guide" ? ended : "this host was starved";
  await expect(applied).rejects.toMatchObject({ verdict, message: expect.stringContaining(said) });
});

/** A judgement on a host that has no time: what was late, or says so, says nothing of the guide. */
const starved = async (failure: HarnessError, refused = false): Promise<HarnessError> => {
  if (!(failure instanceof GuideFailure)) return failure;
  const { message, details } = failure;
  const load = { cores: 2, load: 31, runnable: 28, stalled: {} };
  const [reason] = judge(
    { late: details.late !== undefined, text: `${message}\n${details.outputTail}`, refused },
    { host: { load, disks: [] }, machines: [] },
  );
  if (reason === undefined) return failure;
  return new InfrastructureError(`${message}; ${reason}`, { ...details, cause: failure });
};

test.for([
  [
    "unknown flag: --no-such-flag",
    "guide",
    /^3.2.9\/start-kubelet@t72: kubelet did not stay up.*unknown flag/,
  ],
  ["leaderelection lost", "infrastructure", /^4.2.6\/show-nodes@t72: the output .*; this host was starved/],
] as const)(
  "what waits in vain on a starved host for a unit that says %s: %s",
  async ([word, verdict, message]) => {
    const t72 = node(
      [running, again(1), again(2), again(3)],
      {},
      [],
      "t72",
      journal.replace(/unknown flag.*/, word),
    );
    const waits = { expect: { ...empty.expect, within: 50 } };
    const late = group(step("4.2.6/show-nodes", "t72", run("kubectl get nodes"), waits));
    await expect(
      apply({ plan: planOf(started, late), ...context({ t72 }), judged: starved }),
    ).rejects.toMatchObject({ verdict, message: expect.stringMatching(message) });
  },
);

test.for([
  ["unknown flag: --no-such-flag", "guide"],
  ["leaderelection lost", "infrastructure"],
] as const)(
  "a unit that systemd gave up for want of time on a starved host, and that says %s: to blame is %s",
  async ([word, verdict]) => {
    const late = again(0, { ActiveState: "failed", SubState: "failed", Result: "timeout" });
    const t72 = node([late], {}, [], "t72", journal.replace(/unknown flag.*/, word));
    await expect(
      apply({ plan: planOf(started, nodes), ...context({ t72 }), judged: starved }),
    ).rejects.toMatchObject({
      verdict,
      message: expect.stringContaining("kubelet did not stay up: failed, result timeout"),
    });
  },
);

test("on a starved host a wait whose last output has words of time is the guide's, too, if a unit ended meanwhile for a reason of its own", async () => {
  const replies = {
    "kubectl get nodes": { stdout: "Unable to connect to the server: dial tcp: i/o timeout" },
  };
  const t72 = node([running, again(1)], replies);
  const waits = { expect: { ...empty.expect, within: 50 } };
  const late = group(step("4.2.6/show-nodes", "t72", run("kubectl get nodes"), waits));
  const hurried = { signal: new AbortController().signal, deadlines: new Deadlines(0.05) };
  const made = context({ t72 });
  const applied = apply({ plan: planOf(started, late), ...made, context: hurried, judged: starved });
  const message: unknown = expect.stringContaining("; kubelet on t72 ended meanwhile: ");
  await expect(applied).rejects.toMatchObject({ verdict: "guide", message });
  expect(made.recorder.steps).toMatchObject([
    { key: "3.2.9/start-kubelet@t72", outcome: "passed" },
    { key: "4.2.6/show-nodes@t72", outcome: "failed", failure: { verdict: "guide", message } },
  ]);
});
