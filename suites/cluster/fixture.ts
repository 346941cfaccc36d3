import { test as base } from "vitest";
import { openSuiteCluster } from "./cluster.ts";
import { once } from "./once.ts";

type Needs = {
  /** The suite looks at the pods of fixtures/manifests. */
  readonly workload?: true;
  /** The suite restarts etcd, and calls `beginWorkload` afterwards. */
  readonly restartsEtcd?: true;
  /** The suite compares the nodes' heartbeats with those at the beginning. */
  readonly heartbeats?: true;
};

/** What the suites of this run need together; vitest loads all files before it runs a test. */
const needed = new Set<string>();

/** A suite's `test`, with the cluster that all suites of the run share. To be called once, at the top of its file. */
export function suite(needs: Needs = {}): typeof test {
  for (const need of Object.keys(needs)) needed.add(need);
  return test;
}

/** A `test` that a suite extends is another one to vitest, with fixtures of its own; the cluster must not be. */
const shared = once(async () => {
  const cluster = await openSuiteCluster();
  return { cluster, close: once(() => cluster.close()) };
});

const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend("cluster", { scope: "worker" }, async ({}, { onCleanup }) => {
    const { cluster, close } = await shared();
    onCleanup(close);
    if (needed.has("heartbeats")) void cluster.firstHeartbeats();
    // Pods start while the first suites look at other things, but not across a restart of etcd.
    if (needed.has("workload") && !needed.has("restartsEtcd")) void cluster.workload.ready();
    return cluster;
  })
  .extend("beginWorkload", { scope: "worker" }, ({ cluster }) => () => {
    if (needed.has("workload")) void cluster.workload.ready();
  })
  .extend("fact", ({ task }) => (name: string, value: string | number): void => {
    task.meta.facts = { ...task.meta.facts, [name]: String(value) };
  });
