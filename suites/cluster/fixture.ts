import { inject, test as base } from "vitest";
import { openSuiteCluster } from "./cluster.ts";
import { unwatched } from "./looks.ts";
import { once } from "./once.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Milestones whose suites are to run, from the sequencer. */
    milestones: readonly string[];
  }
}

/** Milestones whose suites look at the pods of fixtures/manifests. */
const withPods = ["flannel", "ping", "kube-proxy"];

const isToRun = (...milestones: string[]): boolean => firstOf(milestones) !== undefined;

/** Place, in the order in which milestones are run, of the first of some; undefined if none of them is to run. */
function firstOf(milestones: readonly string[]): number | undefined {
  const place = inject("milestones").findIndex((milestone) => milestones.includes(milestone));
  return place < 0 ? undefined : place;
}

/** A `test` that a suite extends is another one to vitest, with fixtures of its own; the cluster must not be. */
const shared = once(async () => {
  const cluster = await openSuiteCluster();
  // Whoever compares with them is told if this fails.
  if (isToRun("nodes")) await cluster.firstHeartbeats().catch(() => undefined);
  // Pods start while the first suites look at other things, but not across a crash of etcd.
  const [crash, pods] = [["etcd"], withPods].map(firstOf);
  if (pods !== undefined && (crash === undefined || pods < crash)) void cluster.workload.ready();
  return { cluster, close: once(() => cluster.close()) };
});

/**
 * vitest's `test` with the cluster that all suites of the run share. `fact` keeps what a test looked at for the report;
 * `beginWorkload` is for the suite that crashes etcd, to be called when it is back.
 */
export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend("cluster", { scope: "worker" }, async ({}, { onCleanup }) => {
    const { cluster, close } = await unwatched(shared);
    onCleanup(close);
    return cluster;
  })
  .extend("beginWorkload", { scope: "worker" }, ({ cluster }) => () => {
    if (isToRun(...withPods)) void unwatched(() => cluster.workload.ready());
  })
  .extend("fact", ({ task }) => (name: string, value: string | number): void => {
    task.meta.facts = { ...task.meta.facts, [name]: String(value) };
  });
