import {
  type Cluster,
  expect,
  GuideFailure,
  InfrastructureError,
  slowness,
  traceAccess,
  traceProof,
} from "../cluster/index.ts";
import {
  componentsAreHealthy,
  controllerManagerSigns,
  etcdKeeps,
  kubeletsAreReached,
  nodesAreReady,
  nothingIsAskedAnew,
  podsReachEachOther,
  servicesReachAll,
  podsReachServices,
  subnetsAreKept,
} from "../reboot/essentials.ts";
import type { State } from "../reboot/state.ts";
import {
  apart,
  brokenIn,
  calm,
  type Observation,
  type Finding,
  missingIn,
  type Time,
  type Times,
} from "./outages.ts";
import type { Fault } from "./faults.ts";
import type { DownUnit, FaultOutcome } from "./inject.ts";

/**
 * Fails if there are any, of what was looked at from a moment of `performance.now`. Each has a time of its own: what came late on a
 * starved host is not the guide's fault, unless its time was over without what the host cost, too; and a mean over minutes hides stalls
 * of seconds.
 */
export function none(where: string, findings: readonly Finding[], began: number): void {
  traceProof();
  if (findings.length === 0) return;
  const now = performance.now() - began;
  const stallOf = ({ from, until }: Time) => ({
    late: until - from,
    ago: now - until,
    watched: true as const,
  });
  const unlimited = findings.filter(({ allowed }) => allowed === undefined);
  const stalls = [
    ...findings.flatMap(({ time, allowed }) => (allowed === undefined ? [] : { ...stallOf(time), allowed })),
    ...apart(unlimited.map(({ time }) => time)).map(stallOf),
  ];
  throw new GuideFailure(wordsOf(where, findings), {
    late: Math.max(...stalls.map(({ late }) => late)),
    stalls,
    hint: "See the journals of the units that were taken away, and of those that should have noticed.",
  });
}

/**
 * Fails if anything broke that had to go on, of what was looked at in a time. InfrastructureError if nobody reached a machine that
 * was not taken away: that explains the rest, if it was then.
 */
export function noneBroken(
  where: string,
  observations: readonly Observation[],
  { from, until }: Time,
  undoing?: number,
): void {
  const found = brokenIn(observations, until - from, undoing);
  none(where, unexplained(where, found, found), from);
}

/** Fails if anything is not back after a fault, or was so too late; InfrastructureError as of `noneBroken`. */
export function allBack(
  where: string,
  outcome: Pick<FaultOutcome, "observations" | "missing" | "down" | "time"> & Times,
): void {
  const { observations, missing, down, undone, time } = outcome;
  noneDown(where, down, missing);
  const end = time.until - time.from;
  const waited = missing === "" ? [] : [{ words: missing, time: { from: undone, until: end } }];
  const late = missingIn(observations, outcome, slowness, end);
  const found = [...waited, ...late];
  const unseen = missing === "" ? late : [...late, ...brokenIn(observations, end)];
  none(where, unexplained(where, found, unseen), time.from);
}

/** Does a part of a test. Where that fails, the test has looked at the units that the fault takes away: blame begins there. */
export async function aboutTaken<T>(
  { machine, units }: Pick<Fault, "machine" | "units">,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    for (const name of units) traceAccess({ machine, kind: "unit", name });
    throw thrown;
  }
}

/** Whether all was back, without help, when nobody waited any more. */
export const isBack = ({ missing, down }: Pick<FaultOutcome, "missing" | "down">): boolean =>
  missing === "" && down.length === 0;

/** Fails if a unit was down and nobody was to start it: that takes no time, so that a starved host is no reason for it. */
function noneDown(where: string, down: readonly DownUnit[], missing: string): void {
  const [first] = down;
  if (!first) return;
  for (const { machine, unit } of down) traceAccess({ machine, kind: "unit", name: unit });
  const words = down.map(({ machine, unit }) => `${unit} of ${machine} is down, and nobody starts it again`);
  throw new GuideFailure(`${where}: ${[...words, ...(missing === "" ? [] : [missing])].join("; ")}`, {
    machine: first.machine,
    unitJournal: down.map(({ journal }) => journal).join("\n"),
    hint: "See `Restart` of its unit. The suite has started it afterwards.",
  });
}

/** What is found at a time when all machines were reached. InfrastructureError with all of it if nothing is. */
function unexplained(
  where: string,
  found: readonly Finding[],
  unseen: readonly Finding[],
): readonly Finding[] {
  const lost = unseen.filter((finding) => finding.lost);
  if (lost.length === 0) return found;
  const meanwhile = ({ time }: Finding): boolean =>
    lost.some((one) => time.from <= one.time.until + calm && time.until >= one.time.from - calm);
  const others = found.filter((finding) => !meanwhile(finding));
  if (others.length === 0) throw unreached(where, found);
  return others;
}

const wordsOf = (where: string, findings: readonly Finding[]): string =>
  `${where}: ${findings.map(({ words }) => words).join("; ")}`;

const unreached = (where: string, findings: readonly Finding[]): InfrastructureError =>
  new InfrastructureError(wordsOf(where, findings), {
    hint: "See whether the machines that were not reached run, and what their consoles say.",
  });

/** No write that was acknowledged during a fault is lost. */
export function noWriteIsLost({ acknowledged, lost }: Pick<FaultOutcome, "acknowledged" | "lost">): void {
  expect(lost, `of ${acknowledged} writes: ${lost.join("; ")}`).toEqual([]);
  expect(acknowledged, `${acknowledged} writes were acknowledged`).toBeGreaterThan(0);
}

/** Nor is one that was acknowledged before it. */
export async function writesAreKept(cluster: Cluster, outcome: FaultOutcome): Promise<void> {
  noWriteIsLost(outcome);
  await etcdKeeps(cluster, outcome.before);
}

/** All is as it was before a fault; gives the names of the backends that every node reaches. */
export async function milestonesAreGreen(cluster: Cluster, before: State): Promise<string[]> {
  await componentsAreHealthy(cluster);
  await nodesAreReady(cluster);
  await nothingIsAskedAnew(cluster, before);
  await controllerManagerSigns(cluster);
  await subnetsAreKept(cluster, before);
  await kubeletsAreReached(cluster);
  await podsReachEachOther(cluster);
  await podsReachServices(cluster);
  return servicesReachAll(cluster);
}
