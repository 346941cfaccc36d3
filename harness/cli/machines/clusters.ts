import { join } from "node:path";
import { type Command, Option } from "commander";
import { Deadlines } from "../../deadlines.ts";
import { type HarnessError, InfrastructureError, toHarnessError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import { silent } from "../../progress.ts";
import { noCluster, providerOf } from "../../machines/index.ts";
import { lockCluster, useOfCluster } from "../../machines/ledger/cluster-lock.ts";
import { projectRoot, shortPath } from "../../host/paths.ts";
import { notAsApplied } from "../../run/apply/applied-guide.ts";
import {
  type ClusterState,
  forgetClusterState,
  leftTaken,
  loadClusterState,
  type Taken,
} from "../../run/cluster/state.ts";
import { openCluster, withoutTaken } from "../../run/cluster/open.ts";
import { runsUnderWay } from "../../run/evidence/runs.ts";
import { settingsFor } from "../../settings/settings.ts";
import { command, report, withCluster } from "../command/command.ts";
import { completes } from "../command/completes.ts";
import { allClusters, type ListedCluster, ledgerProblems, sweep } from "./sweep.ts";
import { sh } from "../../machines/ssh/sh.ts";

const goesOn = "The next call goes on with what is left.";

/** Of a cluster that was brought up: its machines are as slow now. One whose state cannot be read is removed, too. */
async function deadlinesOf(id: string): Promise<Deadlines> {
  const state = await loadClusterState(id).catch(() => undefined);
  return new Deadlines(state?.settings.timeoutFactor);
}

/** Whether anything is known of a cluster; what cannot be read is there. */
async function isThere(id: string): Promise<boolean> {
  try {
    return ((await providerOf(id)) ?? (await loadClusterState(id))) !== undefined;
  } catch {
    return true;
  }
}

/** `down`: removes one cluster by its ledger. UsageError for a name that no cluster has, and for one in use. */
export function downCommand(): Command {
  return withCluster(command("down", "remove a cluster: machines, network, mounts, everything"))
    .option("--force", "remove it even while a run uses it; that run fails")
    .action(async (options: DownOptions, made: Command) => {
      const { cluster, force = false } = options;
      // Without a name it is `main`, which may be gone already.
      const isNamed = made.getOptionValueSource("cluster") === "cli";
      if (isNamed && !(await isThere(cluster))) throw await noCluster(cluster);
      await (force
        ? remove(options)
        : lockCluster(cluster, () => remove(options), "--force removes the machines under it."));
    });
}

type DownOptions = { readonly cluster: string; readonly force?: boolean; readonly json?: boolean };

async function remove({ cluster, json }: DownOptions): Promise<void> {
  using context = interruptions(goesOn, await deadlinesOf(cluster));
  const removed: string[] = [];
  const problems: HarnessError[] = [];
  try {
    removed.push(...((await (await providerOf(cluster))?.down(cluster, silent, context)) ?? []));
  } catch (thrown) {
    context.signal.throwIfAborted();
    problems.push(toHarnessError(thrown));
  }
  // As long as it is there, so is what is known of it.
  if (!(await providerOf(cluster))) await forgetClusterState(cluster);
  const others = removed.length + problems.length === 0 ? (await allClusters()).clusters : [];
  report(
    json,
    { cluster, removed },
    () =>
      removed.length + problems.length === 0
        ? `There is no cluster ${cluster}.${others.length > 0 ? ` Those there are: ${others.map(({ id }) => id).join(", ")}.` : ""}`
        : [
            problems.length === 0
              ? `Cluster ${cluster} is removed:`
              : `Of cluster ${cluster} this is removed:`,
            ...grouped(removed),
          ],
    problems,
  );
}

/** What was removed, in a line for each kind of thing, which is the first word of its items. */
export const grouped = (removed: readonly string[]): string[] =>
  [...Map.groupBy(removed, (item) => item.split(" ", 1)[0] ?? "")].map(
    ([kind, items]) =>
      `  ${kind.padEnd(9)} ${items.map((item) => item.slice(kind.length).trim() || "1").join(", ")}`,
  );

/** `gc`: removes every cluster whose run is over and that nobody asked to keep, and sets aside what is damaged. */
export function gcCommand(): Command {
  return command("gc", "remove what ended or killed runs left behind, and set aside what is damaged")
    .option("--all", "also remove clusters that were made to stay; never those that a run or a shell uses")
    .action(async ({ all = false, json }: { all?: boolean; json?: boolean }) => {
      using context = interruptions(goesOn);
      const { problems, ...swept } = await sweep({ all }, context);
      const { removed, left, running } = swept;
      report(
        json,
        swept,
        () => [
          ...removed,
          ...left.map((id) =>
            running.includes(id)
              ? `${id}: a run or a shell uses it`
              : `${id}: kept (\`pnpm down --cluster ${id}\` removes it)`,
          ),
          removed.length === 0 ? "Nothing to remove." : `${removed.length} removed.`,
        ],
        problems,
      );
    });
}

/** `status`: the clusters there are, how far the guide was applied, and the state of its units. */
export function statusCommand(): Command {
  const made = command(
    "status",
    "show the clusters, how far the guide was applied, and the states of its units",
  ).addOption(completes(new Option("--cluster <id>", "show one cluster (default: all)"), "clusters"));
  return made.action(async ({ cluster: asked, json }: { cluster?: string; json?: boolean }) => {
    using context = interruptions("Nothing was changed.");
    const all = await allClusters();
    const known =
      asked === undefined ? all : { ...all, clusters: all.clusters.filter(({ id }) => id === asked) };
    if (asked !== undefined && known.clusters.length === 0) throw await noCluster(asked);
    const described = await Promise.all(
      known.clusters.map((cluster) => describeCluster(cluster, context.signal)),
    );
    const clusters = described.map(({ cluster }) => cluster);
    const problems = [
      ...known.problems,
      ...known.clusters.flatMap((cluster) => ledgerProblems(cluster)),
      ...described.flatMap(({ cluster, failed }) => (failed && !cluster.inRun ? [failed] : [])),
    ];
    const runs = clusters.length === 0 ? await runsUnderWay(join(projectRoot, "reports")) : [];
    report(
      json,
      { clusters, ...(runs.length > 0 && { runs }) },
      () => (clusters.length === 0 ? noClusters(runs) : clusters.flatMap(linesOf)),
      problems,
    );
  });
}

/** What is told where there is no cluster: a run makes its own only once all that it needs is there. */
const noClusters = (runs: readonly string[]): string =>
  runs.length > 0
    ? `No clusters yet; a run may be under way: ${runs.join(", ")} (\`pnpm report --serve\` follows it).`
    : "No clusters. `pnpm e2e --keep` leaves one with the guide applied, `pnpm run up` one without.";

type Described = {
  readonly id: string;
  /** Something uses its machines: a run, or a shell. */
  readonly inRun: boolean;
  /** The run, or other command, that nothing else may go beside: command, process, since when. */
  readonly run?: string;
  /** It was made to stay. */
  readonly kept: boolean;
  readonly artifactSet?: string;
  /** The guide that was applied last, and what of it is not as it was then. */
  readonly guide?: string;
  readonly applied?: string;
  readonly problem?: string;
  readonly machines: readonly { readonly name: string; readonly address: string; readonly units: string[] }[];
};

/** What is known of a cluster; one that does not answer does not hide the others. */
async function describeCluster(
  { id, running }: ListedCluster,
  signal: AbortSignal,
): Promise<{ readonly cluster: Described; readonly failed?: HarnessError }> {
  const run = await useOfCluster(id);
  const use = { inRun: running || run !== undefined, ...(run !== undefined && { run }) };
  let specs: ClusterState["machines"] = [];
  try {
    const state = await loadClusterState(id);
    specs = state?.machines ?? [];
    const kept = state?.kept === true;
    if (!state) return { cluster: { id, ...use, kept, machines: [] } };
    // An older version wrote no profile down: it knew the project's own guide alone.
    const { units } = loadProfile(state.text?.profile === undefined ? ownGuide : state.settings.guide);
    const [left] = await leftTaken(id);
    if (left) throw notUndone(left);
    const open = await openCluster(id, { signal, deadlines: new Deadlines(state.settings.timeoutFactor) });
    try {
      const machines = await Promise.all(
        open.machines.map(async ({ name, address }) => ({
          name,
          address,
          units: await unitStates(open.connection(name), units),
        })),
      );
      const { settings, applied } = state;
      const guide = await describeGuide(state);
      const known = { artifactSet: settings.artifacts, guide, ...(applied !== undefined && { applied }) };
      return { cluster: { id, ...use, kept, ...known, machines } };
    } finally {
      await open.close();
    }
  } catch (thrown) {
    const failed = toHarnessError(thrown);
    const machines = specs.map(({ name, address }) => ({ name, address, units: [] }));
    return { cluster: { id, ...use, kept: false, problem: failed.message, machines }, failed };
  }
}

/** A look changes nothing: it says what whoever uses the cluster next undoes first. */
const notUndone = (left: Taken): InfrastructureError =>
  new InfrastructureError(`${withoutTaken(left)}: a run of suites ended before it undid its fault`, {
    machine: left.machine,
    hint: "The next command that uses the cluster undoes it first, such as `pnpm suite all`.",
  });

const linesOf = ({ id, artifactSet, guide, applied, machines, problem, ...use }: Described): string[] => [
  problem
    ? `${id}${use.inRun ? ` (${useOf(use)})` : ""}: ${problem}`
    : `${id} (${useOf(use)}): artifact set ${artifactSet ?? "unknown"}, guide ${guide ?? "unknown"}, applied up to ${applied ?? "nothing yet"}`,
  ...machines.map(
    (m) => `  ${m.name} ${m.address}  ${m.units.join(" ") || (problem ? "not asked" : "no units yet")}`,
  ),
];

/** Who needs the cluster, for a person. */
const useOf = ({ inRun, run, kept }: Pick<Described, "inRun" | "run" | "kept">): string => {
  if (run !== undefined) return `in use: ${run}`;
  if (inRun) return "in use by another command, such as `pnpm shell`";
  return kept ? "kept" : "left behind: `pnpm gc` removes it";
};

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

async function unitStates(connection: Connection, units: readonly string[]): Promise<string[]> {
  const { stdout } = await connection.exec(
    sh`for unit in ${units.join(" ")}; do systemctl cat $unit >/dev/null 2>&1 && echo $unit=$(systemctl is-active $unit); done`,
    { limit: "question" },
  );
  return stdout.split("\n").filter(Boolean);
}
