import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { StepGroup } from "../../../guide/types.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { apply } from "../apply.ts";
import { empty, failed, node, running, start, started } from "./testing.ts";
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
  expect(made.recorder.steps.map(({ outcome }) => outcome)).toEqual(["passed", "passed"]);
});
