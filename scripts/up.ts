import { assertFree, main, workflow } from "../harness/index.ts";

/** Machines that stay until `pnpm down`. */
export const up = workflow({
  name: "up",
  description: "bring up t71, t72 and t76 and leave them running",
  assert: assertFree,
  body: async (run) => {
    await run.plan();
    await run.up(await run.prepare());
  },
  keep: () => "if passed",
});

if (import.meta.main) await main(up);
