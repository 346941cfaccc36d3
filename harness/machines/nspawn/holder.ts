import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError } from "../../errors.ts";
import { type Hierarchy } from "./cgroups.ts";
import { startDetached } from "./detached.ts";
import { host, type HostCommand, tailOf, until } from "./host.ts";
import type { ClusterNames } from "./names.ts";
import { poolOptions } from "./pool.ts";
import { isAlive, type ProcessIdentity } from "../../process-identity.ts";

/** The process whose mount namespace has a cluster's pool and network namespaces. */
export type Holder = ProcessIdentity;

const script = join(import.meta.dirname, "scripts", "hold.sh");

/** Name of the holder in the ledger and of its cgroup. */
export const holderName = "holder";

/** Starts the holder of a cluster; it is not `holding` yet. */
export const startHolder = (
  names: ClusterNames,
  cgroups: readonly Hierarchy[],
  image: string,
): Promise<Holder> =>
  startDetached(
    ["unshare", "--mount", "--propagation", "private", "sh", script, image, poolOptions, names.pool],
    { cgroups, cgroup: join(names.cgroup, holderName), log: names.holderLog },
  );

/** Waits until the pool is mounted. InfrastructureError with the holder's output if it is not. */
export async function holding(holder: Holder, { holderLog }: ClusterNames): Promise<void> {
  await until(
    async () => {
      const output = await readFile(holderLog, "utf8");
      if (output.endsWith("ready\n")) return true;
      if (await isAlive(holder)) return "not mounted yet";
      throw new InfrastructureError("The pool with the root file system cannot be mounted", {
        outputTail: tailOf(output),
        hint: "Run `pnpm run doctor`; a damaged pool is built anew by the next run.",
      });
    },
    {
      deadline: 30_000,
      late: async () =>
        new InfrastructureError("The pool with the root file system was not mounted within 30 s", {
          outputTail: tailOf(await readFile(holderLog, "utf8")),
        }),
    },
  );
}

/** Runs a host command among the cluster's mounts. */
export const inside = (
  { pid }: Holder,
  file: string,
  args: readonly string[],
  options?: HostCommand,
): Promise<string> => host("nsenter", [`--mount=/proc/${pid}/ns/mnt`, "--", file, ...args], options);

/** A path among the cluster's mounts, as this process reaches it. */
export const seenBy = ({ pid }: Holder, path: string): string => `/proc/${pid}/root${path}`;
