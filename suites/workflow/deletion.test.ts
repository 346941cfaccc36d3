import { expectList, guards, test } from "../cluster/index.ts";
import { deleted } from "./deleted.ts";

test(
  "once it is deleted, nothing of it is left in etcd or in iptables",
  { meta: guards("workflow", "deletion") },
  async ({ cluster, fact }) => {
    const before = await deleted(cluster);
    const nodes = cluster.nodes.map(({ name }) => name);
    expectList("nodes with rules for its service before it is deleted", before.rules, nodes);
    fact("nodes with rules before", before.rules.join(", "));
  },
);
