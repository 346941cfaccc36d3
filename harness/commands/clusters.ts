import type { Command } from "commander";
import { type HarnessError, toHarnessError } from "../errors.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import { silent } from "../progress.ts";
import { providerOf } from "../machines/index.ts";
import { forgetClusterState, loadClusterState } from "../run/cluster-state.ts";
import { openCluster } from "../run/open.ts";
import { command, report, withCluster } from "./command.ts";
import { allClusters, type Known, ledgerProblems, sweep } from "./sweep.ts";

/** `down`: removes one cluster by its ledger. */
export function downCommand(): Command {
  return withCluster(command("down", "remove a cluster: machines, network, mounts, everything")).action(
    async ({ cluster, json }: { cluster: string; json?: boolean }) => {
      const removed: string[] = [];
      const problems: HarnessError[] = [];
      try {
        removed.push(...((await (await providerOf(cluster))?.down(cluster, silent)) ?? []));
      } catch (thrown) {
        problems.push(toHarnessError(thrown));
      }
      // As long as it is there, so is what is known of it.
      if (!(await providerOf(cluster))) await forgetClusterState(cluster);
      report(
        json,
        { cluster, removed },
        () =>
          removed.length + problems.length === 0
            ? `There is nothing of cluster ${cluster}.`
            : removed.join("\n"),
        problems,
      );
    },
  );
}

/** `gc`: removes every cluster whose run is over and that nobody asked to keep, and sets aside what is damaged. */
export function gcCommand(): Command {
  return command("gc", "remove what ended or killed runs left behind, and set aside what is damaged")
    .option("--all", "also clusters that were brought up to stay; never those of a run under way")
    .action(async ({ all = false, json }: { all?: boolean; json?: boolean }) => {
      const { problems, ...swept } = await sweep({ all });
      const { removed, left } = swept;
      report(
        json,
        swept,
        () =>
          [
            ...removed,
            ...left.map((id) => `${id}: left; it is in use (\`pnpm down --cluster ${id}\`)`),
            removed.length === 0 ? "Nothing to remove." : `${removed.length} removed.`,
          ].join("\n"),
        problems,
      );
    });
}

const units = "etcd kube-apiserver kube-scheduler kube-controller-manager docker flanneld kubelet kube-proxy";

/** `status`: the clusters there are, how far the guide was applied, and the state of its units. */
export function statusCommand(): Command {
  return command("status", "show clusters, how far the guide is, and the units' states").action(
    async ({ json }: { json?: boolean }) => {
      const known = await allClusters();
      const described = await Promise.all(known.clusters.map(describeCluster));
      const clusters = described.map(({ failed: _, ...cluster }) => cluster);
      const problems = [
        ...known.problems,
        ...known.clusters.flatMap((cluster) => ledgerProblems(cluster)),
        ...described.flatMap(({ inRun, failed }) => (failed && !inRun ? [failed] : [])),
      ];
      report(
        json,
        { clusters },
        () =>
          clusters.length === 0
            ? "No clusters. `pnpm run up` brings one up."
            : clusters
                .map(({ id, artifactSet, applied, machines, problem }) =>
                  [
                    problem
                      ? `${id}: ${problem}`
                      : `${id}: artifact set ${artifactSet ?? "unknown"}, applied up to ${applied ?? "nothing yet"}`,
                    ...machines.map(
                      (m) => `  ${m.name} ${m.address}  ${m.units.join(" ") || "no units yet"}`,
                    ),
                  ].join("\n"),
                )
                .join("\n"),
        problems,
      );
    },
  );
}

type Described = {
  readonly id: string;
  /** A run is under way on it. */
  readonly inRun: boolean;
  readonly artifactSet?: string;
  readonly applied?: string;
  readonly problem?: string;
  readonly machines: readonly { readonly name: string; readonly address: string; readonly units: string[] }[];
};

/** What is known of a cluster; one that does not answer does not hide the others. */
async function describeCluster({
  id,
  running: inRun,
}: Known): Promise<Described & { readonly failed?: HarnessError }> {
  try {
    const state = await loadClusterState(id);
    if (!state) return { id, inRun, machines: [] };
    const cluster = await openCluster(id);
    try {
      const machines = await Promise.all(
        cluster.machines.map(async ({ name, address }) => ({
          name,
          address,
          units: await unitStates(cluster.connection(name)),
        })),
      );
      const { artifactSet, applied } = state;
      return { id, inRun, artifactSet, ...(applied !== undefined && { applied }), machines };
    } finally {
      await cluster.close();
    }
  } catch (thrown) {
    const failed = toHarnessError(thrown);
    return { id, inRun, problem: failed.message, failed, machines: [] };
  }
}

async function unitStates(connection: Connection): Promise<string[]> {
  const { stdout } = await connection.exec(
    `for unit in ${units}; do systemctl cat $unit >/dev/null 2>&1 && echo $unit=$(systemctl is-active $unit); done`,
    { deadline: 10_000 },
  );
  return stdout.split("\n").filter(Boolean);
}
