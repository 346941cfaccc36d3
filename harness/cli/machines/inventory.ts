import { type Command, Option } from "commander";
import type { Context } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import {
  assertNothingLeft,
  describeResult,
  resetCluster,
  resetUnknown,
} from "../../machines/inventory/down.ts";
import { fromCaller } from "../../host/paths.ts";
import { inventoryOf, loadInventory } from "../../machines/inventory/file/file.ts";
import { systemOf } from "../../machines/inventory/fitness.ts";
import { noCluster } from "../../machines/index.ts";
import { lockCluster } from "../../machines/ledger/cluster-lock.ts";
import { forget, readDefinition } from "../../machines/inventory/restore/record.ts";
import { letGo } from "../../machines/inventory/taken/taken.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import type { ResetResult } from "../../machines/inventory/restore/reset.ts";
import { forgetClusterState } from "../../run/cluster/state.ts";
import { openCluster } from "../../run/cluster/open.ts";
import { command, print, withCluster } from "../command/command.ts";
import { noted } from "../command/note.ts";

/** `inventory`: an inventory file that names the machines of a running cluster. */
export function inventoryCommand(): Command {
  return withCluster(
    command("inventory", "print an inventory file that names a running cluster's machines as hosts"),
  ).action(async ({ cluster, json }: { cluster: string; json?: boolean }) => {
    using context = interruptions("Nothing was changed.");
    const open = await openCluster(cluster, context);
    try {
      const [first] = open.machines;
      if (!first) throw new UsageError(`The cluster ${cluster} has no machine`);
      const inventory = inventoryOf(open.running, await systemOf(open.connection(first.name)));
      print(json, { cluster, inventory }, () => inventory.trimEnd());
    } finally {
      await open.close();
    }
  });
}

type ResetOptions = {
  readonly cluster?: string;
  readonly inventory?: string;
  readonly dryRun?: boolean;
  readonly forget?: boolean;
  readonly json?: boolean;
};

/** `reset`: takes the guide off hosts of an inventory and proves it. Exit 4 if anything is left. */
export function resetCommand(): Command {
  return command(
    "reset",
    "remove the guide from hosts of an inventory, and prove that nothing of it is left; without a recorded cluster, the project's own guide",
  )
    .option("--cluster <id>", "restore the hosts to what they were when this cluster took them")
    .addOption(
      new Option(
        "--inventory <file>",
        "hosts without saved state: remove only what certainly came from the guide",
      )
        .argParser((text) => fromCaller(text))
        .conflicts("cluster"),
    )
    .option("--dry-run", "say what would be done, and do nothing")
    .addOption(
      new Option("--forget", "forget the cluster and leave its hosts as they are").conflicts([
        "inventory",
        "dryRun",
      ]),
    )
    .action(async (options: ResetOptions) => {
      using context = interruptions("A reset can be repeated.");
      const { cluster } = options;
      const results = await (cluster === undefined
        ? reset(options, context)
        : lockCluster(cluster, () => reset(options, context)));
      const { json, dryRun = false } = options;
      assertNothingLeft(results);
      print(json, { dryRun, hosts: results }, () =>
        results.flatMap((result) =>
          dryRun ? result.deeds.map((deed) => `${result.machine}: would ${deed}`) : describeResult(result),
        ),
      );
    });
}

async function reset(
  { cluster, inventory, dryRun = false, forget: giveUp }: ResetOptions,
  context: Context,
): Promise<ResetResult[]> {
  if (inventory !== undefined) {
    const guide = loadProfile(ownGuide);
    return resetUnknown(loadInventory(inventory, guide).hosts, context, { dryRun, guide });
  }
  if (cluster === undefined) {
    throw new UsageError("No hosts to reset are named", {
      hint: "Name a cluster with --cluster, or an inventory file with --inventory.",
    });
  }
  const definition = await readDefinition(cluster);
  if (!definition) {
    throw await noCluster(
      cluster,
      `There are no hosts of a cluster ${cluster}`,
      "`pnpm status` lists the clusters; --inventory FILE resets hosts without saved state.",
    );
  }
  const results = giveUp ? [] : await resetCluster(definition, context, { dryRun });
  for (const name of giveUp ? await letGo(definition, context) : [])
    noted.note(`${name}: could not be told that it is free; it is once it was booted`);
  if (!dryRun && results.every(({ left }) => left.length === 0)) {
    await forget(cluster);
    await forgetClusterState(cluster);
  }
  return results;
}
