import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Deadlines } from "../../../deadlines.ts";
import { judge } from "../../../blame/judge.ts";
import { type HarnessError, InfrastructureError } from "../../../errors.ts";
import type { StepGroup } from "../../../guide/types.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { apply } from "../apply.ts";
import { again, empty, failed, journal, node, running, start, started } from "./testing.ts";
import { context, group, never, planOf, run, step } from "../../testing.ts";

const patient = { expect: { ...empty.expect, within: 60_000 } };
const waiting = (command: string): StepGroup => group(step("3.2.10/list", "t72", run(command), patient));

test("a wait ends early when a unit dies meanwhile", async () => {
  const t72 = node([running, failed]);
  await expect(
    apply({ plan: planOf(started, waiting("kubectl get csr")), ...context({ t72 }) }),
  ).rejects.toThrow("kubelet did not stay up");
});

test("and no command that hangs keeps it from that", async () => {
  const t72 = node([running, failed]);
  const hangs: typeof t72.shell = {
    ...t72.shell,
    run: async (script, options) => (script === start ? t72.shell.run(script) : never(options?.signal)),
  };
  const made = context({ t72: { ...t72, shell: hangs } });
  await expect(apply({ plan: planOf(started, waiting("kubectl get cs")), ...made })).rejects.toThrow(
    /^3.2.9\/start-kubelet@t72: kubelet did not stay up/,
  );
  expect(made.recorder.steps.map(({ key, outcome }) => [key, outcome])).toEqual([
    ["3.2.9/start-kubelet@t72", "failed"],
    ["3.2.10/list@t72", "failed"],
  ]);
});

test("what a unit is like while the block itself starts it anew says nothing", async () => {
  const restart = "systemctl restart kubelet; kubectl get nodes";
  const [up, down] = [node([running]), node([failed])];
  let restarting = false;
  const shell: typeof up.shell = {
    ...up.shell,
    run: async (script, options) => {
      const result = await up.shell.run(script, options);
      if (script !== restart) return result;
      restarting = true;
      await delay(2500);
      restarting = false;
      return { ...result, stdout: "192.168.4.72 Ready\n" };
    },
  };
  const connection: Connection = {
    ...up.connection,
    exec: async (...asked) => (restarting ? down : up).connection.exec(...asked),
  };
  const made = context({ t72: { ...up, shell, connection } });
  await apply({ plan: planOf(started, waiting(restart)), ...made });
  expect(made.recorder.facts.unitFindings).toBeUndefined();
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
  const ended = `; kubelet on t72 ended meanwhile: F1128 17:00:01.099 41 server.go:155] ${word}`;
  const said = verdict === "guide" ? ended : "this host was starved";
  await expect(applied).rejects.toMatchObject({ verdict, message: expect.stringContaining(said) });
});

/** A judgement on a host that has no time: what was late, or says so, says nothing of the guide. */
const starved = async (failure: HarnessError): Promise<HarnessError> => {
  const { message, details } = failure;
  const load = { cores: 2, load: 31, runnable: 28, stalled: {} };
  const [reason] = judge(
    { late: details.late !== undefined, text: message },
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
