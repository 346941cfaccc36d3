import { type Cluster, expect, GuideFailure, traceProof } from "../cluster/index.ts";
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
import type { Played } from "./play.ts";

/** Fails if there are any; `took` is how long was looked, for what came late on a starved host is not the guide's fault. */
export function none(where: string, words: readonly string[], { took }: Pick<Played, "took">): void {
  traceProof();
  if (words.length === 0) return;
  throw new GuideFailure(`${where}: ${words.join("; ")}`, {
    late: took,
    hint: "See the journals of the units that were taken away, and of those that should have noticed.",
  });
}

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
