import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { hostWithMounts } from "../../../host/exec.ts";

/**
 * How the pool is mounted. A machine's writes need not survive a power cut of the host, and etcd and Docker
 * sync often: on a 2-core host without these options `fdatasync` of an appended record took 2 to 4 ms, with
 * `nobarrier` 0.3 ms, with `nodatacow` as well 0.04 ms. The base was written without `nodatacow`, so that
 * its checksums find a damaged one.
 */
export const poolOptions = "loop,noatime,commit=120,nobarrier,nodatacow";

const script = join(import.meta.dirname, "../scripts/release.sh");

/** Deletes subvolumes of a pool; gives those that were there. `mountpoint` is any folder of the cluster. */
export async function deleteSubvolumes(
  image: string,
  mountpoint: string,
  subvolumes: readonly string[],
  context: Context,
): Promise<string[]> {
  // A pool that is gone, such as one in a cache that was emptied, took its subvolumes along.
  if (!existsSync(image)) return [];
  await mkdir(mountpoint, { recursive: true });
  const deleted = await hostWithMounts(
    ["sh", script, image, poolOptions, mountpoint, ...subvolumes],
    context,
    { limit: "pool", hint: `If the pool is damaged, remove ${image}: it is built anew.` },
  );
  return deleted.split("\n").filter(Boolean);
}
