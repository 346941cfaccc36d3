import { Option } from "commander";
import { main, workflow } from "../harness/index.ts";
import { asWritten } from "./as-written/walk.ts";

/** From no machines to seven proven milestones, and back to no machines. */
await main(
  workflow<{
    keep?: boolean;
    suite: readonly string[];
    resume?: boolean;
    fresh?: boolean;
    continue?: boolean;
    asWritten: readonly string[];
  }>({
    name: "e2e",
    description: "bring up t71, t72 and t76, apply the guide, run the suites, write the reports, tear down",
    cluster: `e2e-${process.pid}`,
    define: (command) =>
      command
        .option("--keep", "leave the machines running at the end; `pnpm shell` and `pnpm down` reach them")
        .option("--suite <name...>", "suites and groups to run", ["all"])
        .option("--resume", "start from the newest checkpoint that all steps before still lead to")
        .addOption(new Option("--fresh", "neither use checkpoints nor save any").conflicts("resume"))
        .option(
          "--continue",
          "with --as-written: correct each erratum when it bites, go on, and list them in the order in which they were met",
        ),
    body: async (run, { suite, resume = false, fresh = false, continue: goOn = false, asWritten: ids }) => {
      if (goOn || ids.includes("all")) return asWritten(run, { suites: suite, goOn });
      const plan = await run.plan();
      await run.up(await run.prepare(), { resume });
      await run.apply(plan, { save: !fresh });
      await run.suites(suite);
    },
    always: async (run, { keep }) => {
      if (keep) await run.keep();
      else await run.down();
      // An open connection would keep this process, too.
      await run.close();
    },
  }),
);
