import { Argument, type Command } from "commander";
import { debianBox, makeBox } from "../../machines/vagrant/boxes/box.ts";
import { addBox } from "../../machines/vagrant/boxes/add.ts";
import { inPrivateLibvirt } from "../../machines/vagrant/libvirt/libvirt.ts";
import { UsageError } from "../../errors.ts";
import { fromCaller } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { noCluster, providerOf } from "../../machines/index.ts";
import { lockCluster } from "../../machines/ledger/cluster-lock.ts";
import type { Snapshots } from "../../machines/machine.ts";
import { loadClusterState, parseClusterState, saveClusterState } from "../../run/cluster/state.ts";
import { noted } from "../command/note.ts";
import { bare, command, print, withCluster } from "../command/command.ts";

/** `box [SOURCE]`: CentOS's box from a file, or the Debian box for hosts that cannot have it. */
export function boxCommand(): Command {
  return command(
    "box",
    `add the box that GUIDE_BOX names (centos/7) from a file, or make ${debianBox}, in a VAGRANT_HOME of its own`,
  )
    .argument("[source]", "a .box file, a directory with one, a catalogue's JSON, or an http address")
    .action(async (source: string | undefined, { json }: { json?: boolean }) => {
      using context = interruptions("The next call begins anew.");
      if (source === undefined) {
        const home = await makeBox(noted, context);
        return print(json, { box: debianBox, home }, () => [
          `The box ${debianBox} is in VAGRANT_HOME=${home}.`,
          `GUIDE_BOX=${debianBox} makes the provider vagrant use it.`,
        ]);
      }
      const box = await addBox(/^[a-z]+:\/\//i.test(source) ? source : fromCaller(source), noted, context);
      const { name, version, provider, sha256 } = box;
      print(json, box, () => `${name} ${version} for ${provider} is there, sha256 ${sha256}.`);
    });
}

/** `libvirt -- COMMAND…`: a command beside a libvirtd of its own, in a network of its own. */
export function libvirtCommand(): Command {
  return bare("libvirt", "run a command with a private libvirt, in a network namespace made for both")
    .argument("<command...>", "such as: pnpm e2e --provider vagrant")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const [file = "", ...args] = words;
      using context = interruptions("The libvirt and its machines were removed.");
      process.exitCode = await inPrivateLibvirt([file, ...args], noted, context);
    });
}

/** `snapshot save|restore NAME`: all machines of a cluster, and how far the guide was applied, to return to. */
export function snapshotCommand(): Command {
  return withCluster(
    command("snapshot", "save all machines of a cluster as they are, or return to what was saved (vagrant)"),
  )
    .addArgument(new Argument("<verb>", "what to do").choices(["save", "restore"]))
    .argument("<name>", "name of the snapshot; one of the same name is replaced")
    .action(async (verb: string, name: string, { cluster, json }: { cluster: string; json?: boolean }) => {
      using context = interruptions("Machines may be suspended; `pnpm snapshot restore` resumes them.");
      await lockCluster(cluster, async () => {
        const machines = await snapshotsOf(cluster);
        if (verb === "save") {
          const state = await loadClusterState(cluster);
          if (!state) throw await noCluster(cluster);
          await machines.save(cluster, name, JSON.stringify(state), context);
        } else {
          await saveClusterState(parseClusterState(await machines.restore(cluster, name, context), cluster));
        }
      });
      print(json, { cluster, snapshot: name, done: verb }, () => `${cluster}: ${name}: ${verb}d`);
    });
}

async function snapshotsOf(cluster: string): Promise<Snapshots> {
  const machines = await providerOf(cluster);
  if (machines?.snapshots) return machines.snapshots;
  if (!machines) throw await noCluster(cluster);
  throw new UsageError(`Machines of the provider ${machines.name} cannot be saved`, {
    hint: "Machines of `--provider vagrant` can be saved; `pnpm status` lists the clusters.",
  });
}
