import { main, soakOptions, type SoakOptions, soakRequest, type Soak, workflow } from "../harness/index.ts";

/** A week in an hour: load, churn and faults on a running cluster, what grows meanwhile, and all milestones afterwards. */
export const soak = workflow<SoakOptions, Soak>({
  name: "soak",
  onExisting: true,
  description:
    "load, churn and faults on a running cluster for an hour; what grows meanwhile is red; then all suites",
  examples: {
    "pnpm soak": "an hour on the cluster `main`, with a seed of its own",
    "pnpm soak --hours 0.1 --seed 42": "six minutes, and the course that this seed had before",
  },
  define: soakOptions,
  assert: soakRequest,
  body: async (run, _options, _names, asked) => {
    await run.plan();
    await run.request({ suites: ["soak", "all"], soak: asked });
    const { hours, seed } = asked;
    run.recorder.note(`Seed ${seed}: \`pnpm soak --hours ${hours} --seed ${seed}\` takes the same course.`);
    await run.suites(["soak"]);
    await run.suites(["all"]);
  },
});

if (import.meta.main) await main(soak);
