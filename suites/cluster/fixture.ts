import { inject, test as base } from "vitest";
import { type Cluster, openSuiteCluster } from "./cluster.ts";
import { removeLeftovers } from "./leftovers.ts";
import { unwatched } from "./trace/access-trace.ts";
import { once } from "./trace/once.ts";
import { notePrefix } from "../run-channel.ts";
import type { DriftRecord, FaultRecord, Hop } from "./trace/record.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Milestones whose suites are to run, from the sequencer. */
    milestones: readonly string[];
    /** Whether some of their tests are to run, and not all. */
    areTestsChosen: boolean;
  }
}

/** Milestones whose suites do not look at the pods of fixtures/manifests. */
const withoutPods = new Set(["etcd", "apiserver", "csr", "nodes"]);

const isToRun = (milestone: string): boolean => inject("milestones").includes(milestone);

type Work = readonly ((cluster: Cluster) => Promise<unknown>)[];
type Ahead = {
  /** Begun while the pods start: it may cost next to nothing, for it keeps the nodes from starting them. */
  readonly whilePodsStart?: Work;
  /** Begun as soon as the pods run. */
  readonly oncePodsRun: Work;
};

const ahead = new Map<string, Ahead>();

/**
 * Work of a milestone's suite that is begun before its turn, if the suite is to run whole, so that somebody waits for it: what takes
 * time in it goes by while others look. It has to be done once, whoever asks, and whoever asks is told of its failure.
 */
export const beginAhead = (milestone: string, work: Ahead): void => void ahead.set(milestone, work);

/** What the run notes; its reporter takes it from what the suites print. */
// oxlint-disable-next-line no-console -- vitest hands it to the reporter
const tellRun = (note: string): void => console.log(`${notePrefix}${note}`);

/** A `test` that a suite extends is another one to vitest, with fixtures of its own; the cluster must not be. */
const shared = once(async () => {
  const cluster = await openSuiteCluster();
  for (const note of await removeLeftovers(cluster)) tellRun(note);
  // Pods start while the first suites look at other things. Whoever waits for them, or compares, is told of a failure.
  const looksAtPods = inject("milestones").some((milestone) => !withoutPods.has(milestone));
  const pods = looksAtPods ? cluster.workload.ready() : Promise.resolve();
  const isWhole = !inject("areTestsChosen");
  const work = [...ahead].flatMap(([milestone, own]) => (isWhole && isToRun(milestone) ? own : []));
  for (const begin of work.flatMap(({ whilePodsStart = [] }) => whilePodsStart)) void begin(cluster);
  // Later, if they never do.
  void pods.then(
    () => work.flatMap(({ oncePodsRun }) => oncePodsRun).forEach((begin) => void begin(cluster)),
    () => undefined,
  );
  if (isToRun("nodes")) void cluster.firstHeartbeats();
  return { cluster, close: once(() => cluster.close()) };
});

/**
 * vitest's `test` with the cluster that all suites of the run share. `fact` keeps what a test looked at for the report, `hops` what it followed from hand to hand, `after` the
 * fault after which it looked, `drift` how that went over time.
 */
export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend("cluster", { scope: "worker" }, async ({}, { onCleanup }) => {
    const { cluster, close } = await unwatched(shared);
    onCleanup(close);
    return cluster;
  })
  .extend("fact", ({ task }) => (name: string, value: string | number): void => {
    task.meta.facts = { ...task.meta.facts, [name]: String(value) };
  })
  .extend("hops", ({ task }) => (hops: readonly Hop[]): void => {
    task.meta.hops = hops;
  })
  .extend("after", ({ task }) => (fault: FaultRecord): void => {
    task.meta.fault = fault;
  })
  .extend("drift", ({ task }) => (drift: DriftRecord): void => {
    task.meta.drift = drift;
  });
