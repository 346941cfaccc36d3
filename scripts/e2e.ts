import { Option } from "commander";
import { main, type Plan, savePoints, UsageError, workflow } from "../harness/index.ts";
import { asWritten } from "../harness/rounds/as-written/walk.ts";

/** From no machines to seven proven milestones, and back to no machines. */
await main(
  workflow<{
    keep?: boolean;
    suite: readonly string[];
    resume?: boolean | string;
    checkpoint: readonly string[];
    fresh?: boolean;
    save: boolean;
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
        .option(
          "--resume [step]",
          "start from the newest checkpoint whose earlier steps are unchanged, or from that after a step",
        )
        .option(
          "--checkpoint <step...>",
          "save the machines after these steps, too, not only after sections",
          [],
        )
        .addOption(
          new Option("--fresh", "neither use checkpoints nor save any").conflicts(["resume", "checkpoint"]),
        )
        .option("--no-save", "save no checkpoints: for a throwaway guide")
        .option(
          "--continue",
          "with --as-written: correct each erratum when it is triggered, go on, and list them in the order in which they were met",
        )
        .hook("preAction", (made) => {
          const { continue: keepResults, asWritten: ids } = made.opts<{
            continue?: boolean;
            asWritten: string[];
          }>();
          if (keepResults !== true || ids.length > 0) return;
          throw new UsageError("--continue needs --as-written", {
            hint: "`pnpm e2e --as-written --continue` corrects each erratum when it is triggered.",
          });
        }),
    body: async (run, options) => {
      const {
        suite,
        resume = false,
        checkpoint,
        fresh = false,
        save: saving,
        continue: keepResults = false,
        keep = false,
        asWritten: ids,
      } = options;
      if (keepResults || ids.includes("all")) {
        if (resume !== false || checkpoint.length > 0) {
          throw new UsageError(
            "The guide as it was written is walked from its beginning, and saves nothing",
            {
              hint: "Leave out --resume and --checkpoint, or name the errata for --as-written.",
            },
          );
        }
        return asWritten(run, { suites: suite, keepResults });
      }
      const plan = await run.plan();
      assertBlocks(plan, checkpoint);
      await run.request({ plan, suites: suite });
      await run.assertPossible(plan);
      const save = savePoints(plan, run.settings, { keep, further: checkpoint });
      await run.up(await run.prepare(), { resume });
      await run.suites(suite, {
        // They go with their machines.
        keep: !keep,
        before: (beside) => run.apply(plan, { beside, ...(!fresh && saving && { save }) }),
      });
    },
    keep: ({ keep }) => (keep ? "always" : "never"),
  }),
);

function assertBlocks({ groups }: Plan, ids: readonly string[]): void {
  const unknown = ids.find((id) => !groups.some((group) => group.id === id));
  if (unknown === undefined) return;
  throw new UsageError(`There is no step ${unknown} in the plan`, { hint: "`pnpm plan` lists the steps." });
}
