import { expect, guards, test } from "../cluster/index.ts";
import { deleted } from "./rollout.ts";

test(
  "once it is deleted, nothing of it is left in etcd or in iptables",
  { meta: guards("workflow", "deletion") },
  async ({ cluster, fact }) => {
    const before = await deleted(cluster);
    expect(
      before.rules,
      `the nodes have ${before.rules} rules for its service before it is deleted`,
    ).toBeGreaterThan(0);
    fact("rules before", before.rules);
  },
);
