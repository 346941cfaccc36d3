import { main, workflow } from "../harness/index.ts";

/** Milestone suites against a cluster to which the guide was applied. */
await main(
  workflow<{ keepWorkload?: boolean }>({
    name: "suite",
    onExisting: true,
    description: "run milestone suites against a running cluster",
    define: (command) =>
      command
        .argument(
          "<name...>",
          "etcd, apiserver, csr, nodes, flannel, ping, kube-proxy, network or all; reboot and faults, which are not in all",
        )
        .option("--keep-workload", "leave the suites' pods and services in place"),
    body: async (run, { keepWorkload }, names) => {
      await run.plan();
      await run.request({ suites: names });
      await run.suites(names, { keep: keepWorkload === true });
    },
  }),
);
