import { expect, test } from "vitest";
import { z } from "zod";
import { GuideFailure } from "../../harness/cluster.ts";
import { Kubectl, withOwn } from "./kubectl.ts";
import type { SuiteMachine } from "./machine.ts";
import { AnswerTimeout } from "./waits/answer-timeout.ts";

/** A master on which each proxy serves at a port of its own, until it is ended; `fail` keeps the next one from starting. */
function master() {
  const proxies: PromiseWithResolvers<void>[] = [];
  let fails = false;
  const all = {
    name: "t71",
    start: async () => {
      const ended = Promise.withResolvers<void>();
      proxies.push(ended);
      if (fails) throw ((fails = false), new GuideFailure("kubectl ended before it was ready"));
      return { ended: ended.promise, said: ["", String(proxies.length)] };
    },
    http: async ({ port }: { port: number }) => ({ status: 200, body: JSON.stringify({ port }) }),
  };
  const end = (): void => proxies.at(-1)?.resolve();
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the machine
  return { machine: all as unknown as SuiteMachine, end, fail: () => void (fails = true), proxies };
}

const answers = z.object({ port: z.number() });

test("one proxy answers all, and another one goes on where it has ended, or did not start", async () => {
  const { machine, end, fail, proxies } = master();
  const kubectl = new Kubectl(machine, new AnswerTimeout());
  fail();
  await expect(kubectl.get(answers, "/api")).rejects.toThrow("ended before");
  expect(await Promise.all([kubectl.get(answers, "/api"), kubectl.get(answers, "/api")])).toEqual([
    { port: 2 },
    { port: 2 },
  ]);
  end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await kubectl.get(answers, "/api")).toEqual({ port: 3 });
  expect(proxies).toHaveLength(3);
});

test.each([
  ["what comes of the work is told, and the object is deleted", "", "", "done"],
  ["an object that cannot be deleted is told", "", "cannot be deleted", "cannot be deleted"],
  ["what the work failed of is told before that", "no token", "cannot be deleted", "no token"],
])("%s", async (_name, fails, stays, told) => {
  const deleted: string[] = [];
  const kubectl = {
    delete: async (path: string) => {
      deleted.push(path);
      if (stays !== "") throw new GuideFailure(stays);
    },
  };
  const work = async (): Promise<string> => {
    if (fails !== "") throw new GuideFailure(fails);
    return "done";
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
  const end = withOwn(kubectl as unknown as Kubectl, "/api/own", work);
  expect(await end.catch((thrown: unknown) => (thrown instanceof Error ? thrown.message : ""))).toBe(told);
  expect(deleted).toEqual(["/api/own"]);
});
