import { assertSuites, main, suiteNames, workflow } from "../harness/index.ts";

/** Milestone suites against a cluster to which the guide was applied. */
export const suite = workflow<{ keepWorkload?: boolean }>({
  name: "suite",
  onExisting: true,
  description: "run milestone suites against a running cluster",
  examples: {
    "pnpm suite network": "flannel, ping and kube-proxy on the cluster `main`",
    "pnpm suite etcd nodes --cluster mine": "two milestones on another",
  },
  define: (command) =>
    command
      .argument("<name...>", suiteNames())
      .option("--keep-workload", "leave the suites' pods and services in place"),
  assert: (settings, _options, names) => assertSuites(settings, names),
  body: async (run, { keepWorkload }, names) => {
    await run.plan();
    await run.request({ suites: names });
    await run.suites(names, { keep: keepWorkload === true });
  },
});

if (import.meta.main) await main(suite);
