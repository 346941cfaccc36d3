import { expect, test } from "vitest";
import { accepting, nodesWithRules } from "./deleted.ts";

test("rules are counted on each node by itself", () => {
  const rule = '-A KUBE-SERVICES -d 10.254.7.7/32 -m comment --comment "suites-1/rollout:" -j KUBE-SVC-1';
  const own = [`${rule}\nCOMMIT`, "COMMIT", rule.replace("rollout", "other")];
  expect(nodesWithRules(["a", "b", "c"], own, "suites-1/rollout")).toEqual(["a"]);
});

test("a rule that turns a service down leads nowhere", () => {
  const rule =
    '-A KUBE-SERVICES -d 10.254.7.7/32 -m comment --comment "suites-1/rollout: has no endpoints" -j REJECT';
  const refused = `${rule} --reject-with icmp-port-unreachable\nCOMMIT`;
  expect(nodesWithRules(["a"], [refused], "suites-1/rollout")).toEqual(["a"]);
  expect(nodesWithRules(["a"], [accepting(refused)], "suites-1/rollout")).toEqual([]);
});
