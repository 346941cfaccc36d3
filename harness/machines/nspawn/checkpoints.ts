import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { InfrastructureError, UsageError } from "../../errors.ts";
import type { Context } from "../../context.ts";
import type { Checkpoints } from "../machine.ts";
import { dockerConfiguration } from "./host/assists.ts";
import { hierarchies, freezerOf } from "./host/kernel/cgroups.ts";
import { processOf, readDefinition, readLedger } from "./cluster.ts";
import { kernelFacts } from "./host/probe.ts";
import { anchorName, inside } from "./host/namespace-anchor.ts";
import { hostWithMounts } from "../../host/exec.ts";
import { clusterNames, machineNames } from "../names.ts";
import { deleteSubvolumes, poolOptions } from "./host/pool.ts";
import { poolImage } from "./image/rootfs.ts";

const script = (name: string): string => join(import.meta.dirname, "scripts", name);

/** Copy-on-write snapshots in the pool, beside the machines. */
export const checkpoints: Checkpoints = {
  // Any cluster's machines are made from the same.
  async base() {
    const facts = await kernelFacts();
    const parts = [basename(await poolImage()), dockerConfiguration(facts)];
    return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  },
  async save(id, key, context) {
    const definition = await readDefinition(id);
    const anchor = processOf((await readLedger(id)).items, anchorName);
    if (!definition || !anchor)
      throw new UsageError(`There is no cluster ${id} whose machines could be saved`);
    const freezer = freezerOf(await hierarchies());
    if (!freezer) {
      throw new InfrastructureError("Machines cannot be saved: this host cannot make them stand still", {
        hint: "Mount the freezer controller (cgroup v1), or leave checkpoints out with --fresh.",
      });
    }
    const machines = definition.spec.machines.flatMap(({ name }) => {
      const { root, cgroup } = machineNames(id, name);
      return [name, root, join(freezer.path, cgroup)];
    });
    const { pool } = clusterNames(id);
    const saving = [script("checkpoint.sh"), pool, key, id, freezer.version, ...machines];
    await inside(anchor, "sh", saving, context, { limit: "pool" });
  },
  async list(context) {
    return (await saved(context)).filter((name) => !name.includes("/") && !name.includes(unfinished));
  },
  async remove(keys, context) {
    const names = (await saved(context)).filter(
      (name) => keys.includes(keyOf(name)) || isAbandoned(keyOf(name)),
    );
    if (names.length === 0) return [];
    await deleteSubvolumes(
      await poolImage(),
      "/mnt",
      names.filter((name) => name.includes("/")).map((name) => `${folder}/${name}`),
      context,
    );
    await inPool("tidy", context);
    return [...new Set(names.map(keyOf))].toSorted();
  },
  async bytes() {
    const image = await poolImage();
    return existsSync(image) ? (await stat(image)).blocks * 512 : 0;
  },
};

/** Of all that is saved, in the pool. */
const folder = "checkpoints";

/** Between a key and the id of the cluster that is being saved. */
const unfinished = ".new.";

/** A run that was killed while it saved its machines left this. */
function isAbandoned(name: string): boolean {
  const [, cluster] = name.split(unfinished);
  return cluster !== undefined && !existsSync(clusterNames(cluster).state);
}

/** `KEY` and `KEY/MACHINE` of all that is in the pool. */
const saved = (context: Context): Promise<string[]> => inPool("list", context);
const keyOf = (name: string): string => name.split("/")[0] ?? "";

async function inPool(verb: "list" | "tidy", context: Context): Promise<string[]> {
  const image = await poolImage();
  if (!existsSync(image)) return [];
  const listing = ["sh", script("checkpoints.sh"), image, poolOptions, verb];
  const printed = await hostWithMounts(listing, context, { limit: "pool" });
  return printed.split("\n").filter(Boolean);
}
