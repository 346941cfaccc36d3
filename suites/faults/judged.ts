import {
  type Cluster,
  expect,
  GuideFailure,
  InfrastructureError,
  slowness,
  traceProof,
} from "../cluster/index.ts";
import {
  componentsAreHealthy,
  etcdKeeps,
  nodesAreReady,
  nothingIsAskedAnew,
  podsReachEachOther,
  servicesReachAll,
  subnetsAreKept,
} from "../reboot/essentials.ts";
import type { State } from "../reboot/state.ts";
import {
  brokenIn,
  brokenTime,
  type Course,
  isLost,
  isUnseen,
  missingIn,
  type Time,
  type Times,
} from "./course.ts";
import type { Played } from "./play.ts";

/** Fails if there are any; `time` is when they came about, for what came late on a starved host is not the guide's fault. */
export function none(where: string, words: readonly string[], time: Time): void {
  traceProof();
  if (words.length === 0) return;
  throw new GuideFailure(`${where}: ${words.join("; ")}`, {
    late: time.until - time.from,
    lateAgo: performance.now() - time.until,
    hint: "See the journals of the units that were taken away, and of those that should have noticed.",
  });
}

/**
 * Fails if anything broke that had to go on, of what was looked at in a time. InfrastructureError if nobody reached a machine that
 * was not taken away: that explains the rest.
 */
export function noneBroken(where: string, courses: readonly Course[], time: Time): void {
  const words = brokenIn(courses);
  if (isLost(courses)) throw unreached(where, words);
  none(where, words, brokenTime(courses, time));
}

/** Fails if anything is not back after a fault, or was so too late; InfrastructureError as of `noneBroken`. */
export function allBack(where: string, played: Pick<Played, "courses" | "missing" | "time"> & Times): void {
  const { courses, missing, time } = played;
  const words = [missing, ...missingIn(courses, played, slowness)].filter(Boolean);
  const isGone = missing !== "" && isLost(courses);
  if (isGone || isUnseen(courses, played, slowness)) throw unreached(where, words);
  none(where, words, time);
}

const unreached = (where: string, words: readonly string[]): InfrastructureError =>
  new InfrastructureError(`${where}: ${words.join("; ")}`, {
    hint: "See whether the machines that were not reached run, and what their consoles say.",
  });

/** No write that was acknowledged during a fault, or before it, is lost. */
export async function writesAreKept(
  cluster: Cluster,
  { acknowledged, lost, before }: Pick<Played, "acknowledged" | "lost" | "before">,
): Promise<void> {
  expect(lost, `of ${acknowledged} writes: ${lost.join("; ")}`).toEqual([]);
  expect(acknowledged, `${acknowledged} writes were acknowledged`).toBeGreaterThan(0);
  await etcdKeeps(cluster, before);
}

/** All is as it was before a fault; gives the names of the backends that every node reaches. */
export async function milestonesAreGreen(cluster: Cluster, before: State): Promise<string[]> {
  await componentsAreHealthy(cluster);
  await nodesAreReady(cluster);
  await nothingIsAskedAnew(cluster, before);
  await subnetsAreKept(cluster, before);
  await podsReachEachOther(cluster);
  return servicesReachAll(cluster);
}
