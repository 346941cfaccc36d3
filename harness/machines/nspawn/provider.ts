import { existsSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { InfrastructureError, UsageError } from "../../errors.ts";
import type { Progress } from "../../progress.ts";
import { claimFolder, inUse, listFolders, orRemoved, ownerEntry } from "../ledger/folder.ts";
import { fewPackages, noCentos, noInternet, noSelinux } from "../limitations.ts";
import type { ClusterSpec, Limitation, Provider, RunningCluster, RunningMachine } from "../machine.ts";
import { hierarchies } from "./host/kernel/cgroups.ts";
import { hasModule } from "./host/kernel/modules.ts";
import { checkpoints } from "./checkpoints.ts";
import { type Cluster, processOf, readDefinition, readLedger, record } from "./cluster.ts";
import { createCluster, resourcesOf } from "./create.ts";
import { borrowHost, returnHost } from "./host/host-ledger.ts";
import { anchorName } from "./host/namespace-anchor.ts";
import { NspawnMachine } from "./machine/lifecycle.ts";
import { assertId } from "../../choices.ts";
import { assertSpec, clusterNames, clustersFolder } from "../names.ts";
import { installPackages } from "../../host/packages/packages.ts";
import { cannotProve, gatherHostFacts, shortfallsOf } from "./host/probe.ts";
import { isAlive } from "../../host/processes/identity.ts";
import { injectFault, leftOf } from "./host/faults.ts";
import { prepareRootfs, requirePool } from "./image/rootfs.ts";
import { tearDown } from "./teardown.ts";

/**
 * Settings that a machine has of its own: those of its network, IPC and host name (namespaces(7)), and those that it has
 * for the kubelet and kube-proxy, which are in its report.
 */
const own =
  /^(?:net\.(?!(?:netfilter\.)?nf_conntrack_buckets$)|fs\.mqueue\.|kernel\.(?:shm|msg|sem$|(?:host|domain)name$|panic$|panic_on_oops$|keys\.root_max)|vm\.(?:overcommit_memory|panic_on_oom)$)/;

export const limitations: readonly Limitation[] = [
  { capability: "clock", reason: "the machines' clock is the host's" },
  {
    capability: "modules",
    reason: "the machines share the host's kernel, which loads no module for them",
    has: hasModule,
  },
  {
    capability: "settings",
    reason: "this setting is the whole host's, not a machine's own",
    has: (name) => own.test(name),
  },
  { capability: "log", reason: "the kernel's log is the host's" },
  {
    capability: "privileges",
    reason:
      "a machine does not have every capability: to give to a container, to open more files than its host allows",
  },
  noCentos,
  noSelinux,
  fewPackages,
  noInternet,
];

/** Machines made of systemd-nspawn containers on this host: the default. Needs root. */
export const nspawn: Provider = {
  name: "nspawn",
  online: false,
  ports: ["embedded-os", "without-selinux"],
  packages: "packed",
  cannotProve,
  limitations,
  async probe(kubernetes, context) {
    return shortfallsOf(await gatherHostFacts(context), kubernetes);
  },
  async prepare(progress, context) {
    await installPackages(progress, context);
    await borrowHost(progress, context);
    await prepareRootfs(progress, context);
  },
  up,
  open,
  async powerOn(id, name, context) {
    const opened = await clusterOf(id);
    const spec = opened?.cluster.spec.machines.find((machine) => machine.name === name);
    if (opened && spec)
      await new NspawnMachine(opened.cluster, spec).powerOn(processOf(opened.items, name), context);
  },
  async down(id, progress, context) {
    return progress.span(`remove cluster ${id}`, () => tearDown(id, context));
  },
  async cpuPressure(id) {
    const unified = (await hierarchies()).find(({ version }) => version === 2);
    return unified && join(unified.path, clusterNames(id).cgroup, "cpu.pressure");
  },
  list: () => listFolders(clustersFolder(), readLedger),
  // A run that was killed before it made machines has only changed the host.
  sweep: returnHost,
  checkpoints,
  faults: { inject: injectFault, leftOf },
};

async function up(spec: ClusterSpec, progress: Progress, context: Context): Promise<RunningCluster> {
  assertSpec(spec);
  await access(spec.artifacts).catch((cause: unknown) => {
    throw new UsageError(`The artifact folder ${spec.artifacts} cannot be read`, { cause });
  });
  const image = await requirePool();
  const { runtime, state } = clusterNames(spec.id);
  // Another user's cluster, too.
  if (existsSync(runtime)) throw inUse(spec.id, runtime);
  await claimFolder(spec.id, state);
  const making = async (): Promise<RunningCluster> => {
    await record(spec.id, resourcesOf(spec, image));
    return createCluster(spec, image, progress, context);
  };
  return orRemoved(spec.id, making, tearDown, context);
}

/** A cluster whose anchor runs, and what its ledger has; undefined if there is none. */
async function clusterOf(id: string) {
  assertId(id);
  const definition = await readDefinition(id);
  if (!definition) return undefined;
  const { items } = await readLedger(id);
  const { spec, hostKeys, assists } = definition;
  const living = async (of: string) => {
    const process = processOf(items, of);
    if (process && (await isAlive(process))) return process;
    throw new InfrastructureError(`Cluster ${id} is there, but its ${of} does not run`, {
      hint: `Remove it with \`pnpm down --cluster ${id}\` and bring it up again.`,
    });
  };
  const cluster: Cluster = {
    spec,
    names: clusterNames(id),
    anchor: await living(anchorName),
    cgroups: await hierarchies(),
    hostKeys,
  };
  return { cluster, items, assists, living };
}

async function open(id: string): Promise<RunningCluster | undefined> {
  const opened = await clusterOf(id);
  if (!opened) return undefined;
  const { cluster, assists, living } = opened;
  const { spec } = cluster;
  const machines = await Promise.all(
    spec.machines.map(async (machine): Promise<RunningMachine> =>
      new NspawnMachine(cluster, machine).running(await living(machine.name)),
    ),
  );
  await record(id, [await ownerEntry()]);
  return { spec, machines, assists };
}
