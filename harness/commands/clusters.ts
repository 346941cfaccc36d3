import type { Command } from "commander";
import { Deadlines } from "../deadlines.ts";
import { toHarnessError } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import type { Provider } from "../machines/machine.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import { silent } from "../progress.ts";
import { allProviders, providerOf } from "../machines/index.ts";
import { returnHost } from "../machines/nspawn/host-ledger.ts";
import { sweepSessions } from "../machines/vagrant/sessions.ts";
import { shortPath } from "../report/text.ts";
import { prune } from "../run/checkpoints/shelf.ts";
import { notAsApplied } from "../run/applied-guide.ts";
import { type ClusterState, forgetClusterState, loadClusterState } from "../run/cluster-state.ts";
import { openCluster } from "../run/open.ts";
import { settingsFor } from "../run/settings.ts";
import { command, print, withCluster } from "./command.ts";

const goesOn = "The next call goes on with what is left.";

/** Of a cluster that was brought up: its machines are as slow now. One whose state cannot be read is removed, too. */
async function deadlinesOf(id: string): Promise<Deadlines> {
  const state = await loadClusterState(id).catch(() => undefined);
  return new Deadlines(state?.settings.timeoutFactor);
}

/** `down`: removes one cluster by its ledger. */
export function downCommand(): Command {
  return withCluster(command("down", "remove a cluster: machines, network, mounts, everything")).action(
    async ({ cluster, json }: { cluster: string; json?: boolean }) => {
      using context = interruptions(goesOn, await deadlinesOf(cluster));
      const removed = (await (await providerOf(cluster))?.down(cluster, silent, context)) ?? [];
      await forgetClusterState(cluster);
      print(json, { cluster, removed }, () =>
        removed.length === 0 ? `There is nothing of cluster ${cluster}.` : removed.join("\n"),
      );
    },
  );
}

/** `gc`: removes every cluster whose run is over and that nobody asked to keep. */
export function gcCommand(): Command {
  return command("gc", "remove what ended or killed runs left behind")
    .option("--all", "also clusters that were brought up to stay; never those of a run under way")
    .action(async ({ all, json }: { all?: boolean; json?: boolean }) => {
      using context = interruptions(goesOn);
      const removed: string[] = [];
      const left: string[] = [];
      for (const { machines, id, running } of await allClusters()) {
        if (running || (!all && (await isKept(id)))) {
          left.push(id);
          continue;
        }
        removed.push(...(await machines.down(id, silent, context)).map((what) => `${id}: ${what}`));
        await forgetClusterState(id);
      }
      removed.push(...(await sweepSessions()));
      removed.push(...(await prune(context)).map((key) => `checkpoint ${key}`));
      // A run that was killed before it made machines has only changed the host.
      removed.push(...(await returnHost(context)));
      print(json, { removed, left }, () =>
        [
          ...removed,
          ...left.map((id) => `${id}: left; it is in use (\`pnpm down --cluster ${id}\`)`),
          removed.length === 0 ? "Nothing to remove." : `${removed.length} removed.`,
        ].join("\n"),
      );
    });
}

/** All clusters that a ledger knows, each with its provider. */
async function allClusters(): Promise<{ machines: Provider; id: string; running: boolean }[]> {
  const known = await Promise.all(
    allProviders().map(async (machines) => {
      const clusters = await machines.list();
      return clusters.map(({ id, running }) => ({ machines, id, running }));
    }),
  );
  return known.flat();
}

/** Whether somebody wants the cluster; one whose state cannot be read is left for a person to judge. */
async function isKept(id: string): Promise<boolean> {
  try {
    return (await loadClusterState(id))?.kept === true;
  } catch {
    return true;
  }
}

const units = "etcd kube-apiserver kube-scheduler kube-controller-manager docker flanneld kubelet kube-proxy";

/** `status`: the clusters there are, how far the guide was applied, and the state of its units. */
export function statusCommand(): Command {
  return command("status", "show clusters, how far the guide is, and the units' states").action(
    async ({ json }: { json?: boolean }) => {
      using context = interruptions("Nothing was changed.");
      const known = await allClusters();
      const clusters = await Promise.all(
        known.map(({ id, running }) => describeCluster(id, running, context.signal)),
      );
      print(json, { clusters }, () =>
        clusters.length === 0
          ? "No clusters. `pnpm run up` brings one up."
          : clusters
              .map(({ id, artifactSet, guide, applied, machines, problem }) =>
                [
                  problem
                    ? `${id}: ${problem}`
                    : `${id}: artifact set ${artifactSet ?? "unknown"}, guide ${guide ?? "unknown"}, applied up to ${applied ?? "nothing yet"}`,
                  ...machines.map((m) => `  ${m.name} ${m.address}  ${m.units.join(" ") || "no units yet"}`),
                ].join("\n"),
              )
              .join("\n"),
      );
    },
  );
}

type Described = {
  readonly id: string;
  /** A run is under way on it. */
  readonly inRun: boolean;
  readonly artifactSet?: string;
  /** The guide that was applied last, and what of it is not as it was then. */
  readonly guide?: string;
  readonly applied?: string;
  readonly problem?: string;
  readonly machines: readonly { readonly name: string; readonly address: string; readonly units: string[] }[];
};

/** What is known of a cluster; one that does not answer does not hide the others. */
async function describeCluster(id: string, inRun: boolean, signal: AbortSignal): Promise<Described> {
  try {
    const state = await loadClusterState(id);
    if (!state) return { id, inRun, machines: [] };
    const cluster = await openCluster(id, { signal, deadlines: new Deadlines(state.settings.timeoutFactor) });
    try {
      const machines = await Promise.all(
        cluster.machines.map(async ({ name, address }) => ({
          name,
          address,
          units: await unitStates(cluster.connection(name)),
        })),
      );
      const { settings, applied } = state;
      const guide = await describeGuide(state);
      return {
        id,
        inRun,
        artifactSet: settings.artifacts,
        guide,
        ...(applied !== undefined && { applied }),
        machines,
      };
    } finally {
      await cluster.close();
    }
  } catch (thrown) {
    return { id, inRun, problem: toHarnessError(thrown).message, machines: [] };
  }
}

/** Its file, and whether that is still as it was applied. */
async function describeGuide(state: ClusterState): Promise<string> {
  const { guide } = state.settings;
  try {
    const moved = await notAsApplied(state, settingsFor(state.settings, state, new Set()));
    return [shortPath(guide), ...moved.map((what) => `(${what})`)].join(" ");
  } catch (thrown) {
    return `${shortPath(guide)} (${toHarnessError(thrown).message})`;
  }
}

async function unitStates(connection: Connection): Promise<string[]> {
  const { stdout } = await connection.exec(
    `for unit in ${units}; do systemctl cat $unit >/dev/null 2>&1 && echo $unit=$(systemctl is-active $unit); done`,
    { limit: "question" },
  );
  return stdout.split("\n").filter(Boolean);
}
