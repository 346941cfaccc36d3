import { expect, test, vi } from "vitest";
import type { Connection } from "../../../machines/ssh/connection.ts";
import type { RunEvent } from "../../../record/events.ts";
import { apply } from "../apply.ts";
import { failed, node, running, start } from "./testing.ts";
import { context, group, planOf, run, step } from "../../testing.ts";

const begin = group(step("3.3.3/start", "t72", run(start)), step("3.3.3/start", "t76", run(start)));
const told = (events: readonly RunEvent[]): number => events.filter(({ type }) => type === "unit").length;

/** A machine that is not done with a script until what it waits for is so. */
const slow = (made: ReturnType<typeof node>, script: string, until: () => void): ReturnType<typeof node> => ({
  ...made,
  shell: {
    ...made.shell,
    run: async (...asked) => {
      if (asked[0] === script) await vi.waitFor(until, { timeout: 10_000 });
      return made.shell.run(...asked);
    },
  },
});

test.for([
  ["that its step says nothing of", {}, "passed"],
  ["with its step", { [start]: { exitCode: 1, stderr: "Job for kubelet.service failed" } }, "failed"],
] as const)("a unit's death %s is told, once, while another machine is at it still", async ([, replies]) => {
  const made = context({});
  const t72 = node([failed], replies);
  const t76 = slow(node([running], {}, [], "t76"), start, () => expect(told(made.events)).toBe(1));
  const terminals = new Map(Object.entries({ t72, t76 }));
  await expect(apply({ plan: planOf(begin), ...made, terminals })).rejects.toThrow(
    /^3.3.3\/start@t72: .*kubelet did not stay up: .*unknown flag/,
  );
  expect(told(made.events)).toBe(1);
  expect(made.recorder.steps.map(({ key, outcome }) => [key, outcome])).toEqual([
    ["3.3.3/start@t72", "failed"],
    ["3.3.3/start@t76", "passed"],
  ]);
});

test("a unit is left alone while a step works on its machine, which may start it anew unseen", async () => {
  const [up, t76] = [node([running]), node([running], {}, [], "t76")];
  let looks = 0;
  const connection: Connection = {
    ...up.connection,
    exec: async (...asked) => {
      looks += 1;
      return up.connection.exec(...asked);
    },
  };
  let begun: { readonly at: number; readonly looks: number } | undefined;
  const t72 = slow({ ...up, connection }, "a", () => {
    begun ??= { at: performance.now(), looks };
    expect(performance.now() - begun.at).toBeGreaterThan(2500);
    expect(looks).toBe(begun.looks);
  });
  const plan = planOf(begin, group(step("4/a", "t72", run("a"))));
  await apply({ plan, ...context({ t72, t76 }) });
  expect(t72.ran).toEqual([start, "a"]);
});
