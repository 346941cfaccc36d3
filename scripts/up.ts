import { main, workflow } from "../harness/index.ts";

/** Machines that stay until `pnpm down`. */
await main(
  workflow({
    name: "up",
    description: "bring up t71, t72 and t76 and leave them running",
    body: async (run) => {
      await run.plan();
      const prepared = await run.prepare();
      try {
        await run.up(prepared);
        await run.keep();
      } catch (error) {
        await run.down();
        throw error;
      }
    },
  }),
);
