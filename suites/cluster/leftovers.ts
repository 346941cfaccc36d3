import { GuideFailure, sh, toHarnessError } from "../../harness/cluster.ts";
import type { Cluster } from "./cluster.ts";
import { flannel } from "./run.ts";

/** Whose leases of flannel the suites register: an address of documentation (RFC 5737), which no node has. */
export const nobody = "192.0.2.1";

/** Where the suites keep keys of their own in etcd. */
export const ownKeys = "/guide-suites";

/** What containers are called that the suites tell Docker to run, up to an id. */
export const ownContainers = "by-hand-";

/**
 * Removes what an earlier run of suites has left in etcd and in Docker, for it was cut short: somebody would hold it against the guide.
 * Gives what was removed, and what could not be looked for, in words.
 */
export async function removeLeftovers(cluster: Pick<Cluster, "etcd" | "nodes">): Promise<string[]> {
  const all = [leases(cluster), keys(cluster), storedKeys(cluster), ...cluster.nodes.map(containers)];
  const found = await Promise.allSettled(all);
  return found.flatMap((one) =>
    one.status === "fulfilled"
      ? one.value.map((what) => `Removed what an earlier run of suites has left: ${what}`)
      : [`Nobody knows whether an earlier run of suites has left something: ${messageOf(one.reason)}`],
  );
}

const messageOf = (thrown: unknown): string => toHarnessError(thrown).message;

type Etcd = Pick<Cluster, "etcd">;

/** Keys of a folder of etcd's; none if it has no such folder. */
async function folder({ etcd }: Etcd, path: string): Promise<{ key: string; value: string }[]> {
  try {
    return await etcd.folder(path);
  } catch (thrown) {
    if (thrown instanceof GuideFailure && thrown.message.includes("HTTP 404")) return [];
    throw thrown;
  }
}

async function leases(cluster: Etcd): Promise<string[]> {
  if (flannel.registry === "") return [];
  const all = await folder(cluster, `${flannel.registry}/subnets`);
  const left = all.filter(({ value }) => value.includes(`"${nobody}"`)).map(({ key }) => key);
  for (const key of left) await cluster.etcd.v2(`rm ${key}`);
  return left.map((key) => `the lease ${key} in etcd`);
}

async function keys(cluster: Etcd): Promise<string[]> {
  const left = await folder(cluster, ownKeys);
  for (const { key } of left) await cluster.etcd.v2(`rm ${key}`);
  return left.map(({ key }) => `the key ${key} in etcd`);
}

async function storedKeys({ etcd }: Etcd): Promise<string[]> {
  const removed = Number((await etcd.v3(`del --prefix ${ownKeys}/`)).trim());
  return removed > 0 ? [`${removed} keys below ${ownKeys} in etcd (API version 3)`] : [];
}

async function containers(node: Cluster["nodes"][number]): Promise<string[]> {
  const named = await node.succeed(sh`docker ps --all --filter name=${ownContainers} --format '{{.Names}}'`);
  const left = named.split(/\s+/).filter((name) => name.startsWith(ownContainers));
  if (left.length > 0) await node.succeed(sh`docker rm -f ${left.join(" ")}`);
  return left.map((name) => `the container ${name} of ${node.name}`);
}
