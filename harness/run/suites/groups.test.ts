import { expect, test } from "vitest";
import { guideMachines } from "../../profile/testing.ts";
import { milestonesOf, provableOn } from "./groups.ts";

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

const [master, node] = guideMachines;

test("a milestone that needs more nodes than there are is told, and not asked for", async () => {
  const { milestones, unprovable } = await provableOn([master!, node!], ["network"]);
  expect(milestones).toEqual(["flannel", "kube-proxy"]);
  expect(unprovable).toEqual([
    { claim: "the milestone ping", reason: "it needs 2 nodes, and the cluster has 1" },
  ]);
  await expect(provableOn(guideMachines, ["network"])).resolves.toMatchObject({ unprovable: [] });
});

test("where nothing that is asked for can be shown, that is the verdict", async () => {
  await expect(provableOn([master!, node!], ["ping"])).rejects.toMatchObject({ verdict: "not-possible" });
});
