import {
  type ChosenTests,
  e2eOptions,
  type E2eOptions,
  e2eRequest,
  isWalk,
  main,
  savePoints,
  workflow,
} from "../harness/index.ts";
import { asWritten } from "../harness/rounds/as-written/walk.ts";

/** From no machines to ten proven milestones, and back to no machines. */
export const e2e = workflow<E2eOptions, ChosenTests | undefined>({
  name: "e2e",
  description: "bring up t71, t72 and t76, apply the guide, run the suites, write the reports, tear down",
  examples: {
    "pnpm e2e": "the whole proof",
    "pnpm e2e --keep": "the same, and the machines stay for `pnpm suite` and `pnpm shell`",
    "pnpm e2e --resume --suite network": "from the newest state that is still true, for three milestones",
    "pnpm e2e --suite faults --grep 'kubelet of t72'": "one fault of all",
    "pnpm e2e --as-written": "the guide with all its known defects",
  },
  // Kept machines are those that `suite`, `shell` and `down` take.
  cluster: ({ keep }) => (keep ? undefined : `e2e-${process.pid}`),
  define: e2eOptions,
  assert: e2eRequest,
  body: async (run, options, _names, chosen) => {
    const { suite: suites, checkpoint, resume = false, keep = false, fresh = false } = options;
    if (isWalk(options)) return asWritten(run, { suites, correct: options.continue === true });
    const plan = await run.plan();
    await run.request({ plan, suites, chosen });
    await run.assertPossible(plan);
    const save = savePoints(plan, run.settings, { keep, further: checkpoint });
    await run.up(await run.prepare(), { resume });
    await run.suites(suites, {
      // They go with their machines.
      keep: !keep,
      before: (beside) => run.apply(plan, { beside, ...(!fresh && options.save && { save }) }),
    });
  },
  keep: ({ keep }) => (keep ? "always" : "never"),
});

if (import.meta.main) await main(e2e);
