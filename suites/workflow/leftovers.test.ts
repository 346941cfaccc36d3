import { expect, guards, test } from "../cluster/index.ts";
import { deleted } from "./deleted.ts";

test(
  "once it is deleted, nothing of it is left in Docker",
  { meta: guards("workflow", "leftovers") },
  async ({ cluster, fact }) => {
    const { containers, gone } = await deleted(cluster);
    expect(containers, `the nodes have ${containers} containers of it before it is deleted`).toBeGreaterThan(
      0,
    );
    await gone.containers;
    fact("containers before", containers);
  },
);
