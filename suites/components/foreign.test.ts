import { expect, expectFields, guards, shown, test } from "../cluster/index.ts";
import { foreignContainers } from "./kubelet.ts";

test(
  "the kubelet of each node leaves containers alone that Docker was told to run by hand, whether they run or died",
  { meta: guards("components", "foreignContainers") },
  async ({ cluster, fact }) => {
    const all = await foreignContainers(cluster);
    for (const { node, before, after } of all) {
      expectFields(
        `${node.name}'s containers made by hand, before the kubelet cleans up`,
        { alive: before.alive.status, dead: before.dead.status },
        { alive: "running", dead: "exited" },
      );
      expect(
        after,
        `${node.name}'s containers made by hand are ${shown(after)} after the kubelet has cleaned up, not ${shown(before)}`,
      ).toEqual(before);
    }
    fact("nodes", all.map(({ node }) => node.name).join(", "));
  },
);
