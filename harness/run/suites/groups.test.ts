import { expect, test } from "vitest";
import { guideMachines, profile } from "../../profile/testing.ts";
import { isApart, milestonesOf, provableOn } from "./groups.ts";

test("groups stand for milestones, each once, in order", () => {
  expect(milestonesOf(["network", "ping", "etcd"], profile)).toEqual([
    "flannel",
    "ping",
    "kube-proxy",
    "etcd",
  ]);
});

test.each(["none-such", "constructor", "__proto__"])(
  "%s is no suite, and the known ones are named",
  (name) => {
    expect(() => milestonesOf([name], profile)).toThrow(
      expect.objectContaining({
        verdict: "usage",
        details: { hint: expect.stringContaining("kube-proxy") },
      }),
    );
  },
);

test("what stands apart is asked for by its name, and is not in all", () => {
  const all = milestonesOf(["all"], profile);
  expect(all).toEqual(
    Object.entries(profile.milestones).flatMap(([name, { apart }]) => (apart ? [] : [name])),
  );
  expect(isApart(all, profile)).toBe(false);
  expect(milestonesOf(["reboot", "all"], profile)).toEqual(["reboot", ...all]);
  expect(isApart(["etcd", "reboot"], profile)).toBe(true);
});

const [master, node] = guideMachines;

test("a milestone that needs more nodes than there are is told, and not asked for", () => {
  const { milestones, unprovable } = provableOn([master!, node!], ["network"], profile);
  expect(milestones).toEqual(["flannel", "kube-proxy"]);
  expect(unprovable).toEqual([
    { claim: "the milestone ping", reason: "it needs 2 nodes, and the cluster has 1" },
  ]);
  expect(provableOn(guideMachines, ["network"], profile)).toMatchObject({ unprovable: [] });
});

test("where nothing that is asked for can be shown, that is the verdict", () => {
  expect(() => provableOn([master!, node!], ["ping"], profile)).toThrow(
    expect.objectContaining({ verdict: "not-possible" }),
  );
});
