import { expect, test } from "vitest";
import { milestonesOf } from "./groups.ts";

test("groups stand for milestones, each once, in order", async () => {
  expect(await milestonesOf(["network", "ping", "etcd"])).toEqual(["flannel", "ping", "kube-proxy", "etcd"]);
});

test.each(["none-such", "constructor", "__proto__"])(
  "%s is no suite, and the known ones are named",
  async (name) => {
    await expect(milestonesOf([name])).rejects.toMatchObject({
      verdict: "usage",
      details: { hint: expect.stringContaining("kube-proxy") },
    });
  },
);
