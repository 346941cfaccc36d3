import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { describeWait, NotYet, often, waitFor } from "../../../waits/wait.ts";
import { type Hierarchy } from "./kernel/cgroups.ts";
import { startDetached } from "./detached.ts";
import { host, type HostCommand, tailOf } from "../../../host/exec.ts";
import type { ClusterNames } from "../../names.ts";
import { poolOptions } from "./pool.ts";
import { isAlive, type ProcessIdentity } from "../../../host/processes/identity.ts";

/** The process whose mount namespace has a cluster's pool and network namespaces. */
export type NamespaceAnchor = ProcessIdentity;

const script = join(import.meta.dirname, "../scripts/anchor.sh");

export const anchorName = "anchor";

/** Starts the anchor of a cluster; `untilReady` waits for it. */
export const startNamespaceAnchor = (
  names: ClusterNames,
  cgroups: readonly Hierarchy[],
  image: string,
): Promise<NamespaceAnchor> =>
  startDetached(
    ["unshare", "--mount", "--propagation", "private", "sh", script, image, poolOptions, names.pool],
    { cgroups, cgroup: join(names.cgroup, anchorName), log: names.anchorLog },
  );

/** Waits until the pool is mounted. InfrastructureError with the anchor's output if it is not. */
export async function untilReady(
  anchor: NamespaceAnchor,
  { anchorLog }: ClusterNames,
  { signal, deadlines }: Context,
): Promise<void> {
  await waitFor(
    async () => {
      const output = await readFile(anchorLog, "utf8");
      if (output.endsWith("ready\n")) return;
      if (await isAlive(anchor)) throw new NotYet("not mounted yet");
      throw new InfrastructureError("The pool with the root file system cannot be mounted", {
        outputTail: tailOf(output),
        hint: "Run `pnpm run doctor`; a damaged pool is built anew by the next run.",
      });
    },
    {
      deadline: deadlines.for("mount"),
      interval: often,
      signal,
      late: async (waited) =>
        new InfrastructureError(
          `The pool with the root file system is not mounted (${describeWait(waited)})`,
          {
            outputTail: tailOf(await readFile(anchorLog, "utf8")),
          },
        ),
    },
  );
}

/** Runs a host command among the cluster's mounts. */
export const inside = (
  { pid }: NamespaceAnchor,
  file: string,
  args: readonly string[],
  context: Context,
  options?: HostCommand,
): Promise<string> => host("nsenter", [`--mount=/proc/${pid}/ns/mnt`, "--", file, ...args], context, options);

/** A path among the cluster's mounts, as this process reaches it. */
export const seenBy = ({ pid }: NamespaceAnchor, path: string): string => `/proc/${pid}/root${path}`;
