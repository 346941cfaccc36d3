import {
  assertSuites,
  grepOption,
  main,
  type SuiteOptions,
  type SuiteRequest,
  suiteArgument,
  suiteRequest,
  workflow,
} from "../harness/index.ts";

/** Milestone suites against a cluster to which the guide was applied. */
export const suite = workflow<SuiteOptions, SuiteRequest>({
  name: "suite",
  onExisting: true,
  description: "run milestone suites, or some of their tests, against a running cluster",
  examples: {
    "pnpm suite network": "flannel, ping and kube-proxy on the cluster `main`",
    "pnpm suite etcd nodes --cluster mine": "two milestones on another",
    "pnpm suite --rerun-failed": "what was red in the last run on the cluster",
    "pnpm suite csr --grep 'private key'": "the tests that have this in their names",
  },
  define: (command) =>
    grepOption(command)
      .addArgument(suiteArgument())
      .option("--rerun-failed", "run only the tests that were red in the last run on the cluster")
      .option("--keep-workload", "leave the suites' pods and services in place"),
  assert: suiteRequest,
  assertWords: (guide, _options, names) => assertSuites(names, { guide }),
  body: async (run, { keepWorkload }, _names, { suites, chosen }) => {
    await run.plan();
    await run.request({ suites, chosen });
    await run.suites(suites, { keep: keepWorkload === true });
  },
});

if (import.meta.main) await main(suite);
