import {
  assertSuites,
  type ChosenTests,
  e2eOptions,
  type E2eOptions,
  e2eRequest,
  isWalk,
  main,
  planOf,
  sameBeginning,
  savePoints,
  workflow,
} from "../harness/index.ts";
import { asWritten } from "../harness/rounds/as-written/walk.ts";

/** The guide without what a run changes of it. */
const unchanged = { edits: [], asWritten: [] };

/** From no machines to ten proven milestones, and back to no machines. */
export const e2e = workflow<E2eOptions, ChosenTests | undefined>({
  name: "e2e",
  description: "bring up t71, t72 and t76, apply the guide, run the suites, write the reports, tear down",
  examples: {
    "pnpm e2e": "the whole proof",
    "pnpm e2e --keep": "the same, and the machines stay for `pnpm suite` and `pnpm shell`",
    "pnpm e2e --resume --suite network": "from the newest valid checkpoint, for three milestones",
    "pnpm e2e --suite faults --grep 'kubelet of t72 killed'": "one fault of all",
    "pnpm e2e --as-written": "the guide with all its known defects",
  },
  // Kept machines are those that `suite`, `shell` and `down` take.
  clusterHelp: "one of its own; main with --keep",
  cluster: ({ keep }) => (keep ? undefined : `e2e-${process.pid}`),
  define: e2eOptions,
  assertWords: (guide, { suite: suites }) => assertSuites(suites, { guide }),
  assert: e2eRequest,
  body: async (run, options, _names, chosen) => {
    const { suite: suites, checkpoint, resume = false, keep = false, fresh = false } = options;
    if (isWalk(options)) return asWritten(run, { suites, correct: options.continue === true });
    const { settings } = run;
    const plan = await run.plan();
    await run.request({ plan, suites, chosen });
    await run.assertPossible(plan);
    const save = savePoints(plan, settings, { keep, further: checkpoint });
    // A state that holds the change was booted since: what a boot undoes is not there any more.
    const asFarAs = options.save ? plan : sameBeginning(await planOf({ ...settings, ...unchanged }), plan);
    await run.up(await run.prepare(), { resume, asFarAs });
    await run.suites(suites, {
      // They go with their machines.
      keep: !keep,
      before: (beside) => run.apply(plan, { beside, ...(!fresh && options.save && { save }) }),
    });
  },
  keep: ({ keep }) => (keep ? "always" : "never"),
});

if (import.meta.main) await main(e2e);
