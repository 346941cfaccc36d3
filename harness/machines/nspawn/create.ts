import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { HarnessDefect } from "../../errors.ts";
import type { ClusterSpec, MachineSpec, RunningCluster, RunningMachine } from "../machine.ts";
import type { Progress } from "../../progress.ts";
import { assistsFor, dockerConfiguration } from "./host/assists.ts";
import { createCgroup } from "./host/kernel/cgroups.ts";
import { type Cluster, type LedgerEntry, record, writeDefinition } from "./cluster.ts";
import { type KernelFacts, kernelFacts } from "./host/probe.ts";
import { anchorName, untilReady, inside, seenBy, startNamespaceAnchor } from "./host/namespace-anchor.ts";
import { allEnded } from "../../host/exec.ts";
import { borrowHost } from "./host/host-ledger.ts";
import { hostKeyIn, renewAccess, writeIdentity } from "./machine/identity.ts";
import { type KeyPair, makeKeyPair } from "../ssh/keys/key-pair.ts";
import { NspawnMachine } from "./machine/lifecycle.ts";
import { clusterNames, gatewayOf, machineNames, originOf } from "../names.ts";
import { createBridge, MachineNetwork } from "./machine/network.ts";

/** Everything that a cluster is made of, in the order in which it is made. */
export function resourcesOf(
  { id, machines }: Pick<ClusterSpec, "id" | "machines">,
  image: string,
): LedgerEntry[] {
  const names = clusterNames(id);
  const all = machines.map(({ name }) => machineNames(id, name));
  return [
    { kind: "directory", path: names.runtime },
    ...all.map(({ propagate }) => ({ kind: "directory", path: propagate }) as const),
    ...all.map(({ subvolume }) => ({ kind: "subvolume", image, name: subvolume }) as const),
    { kind: "mount", path: names.pool, image },
    { kind: "namespace", path: names.bridge },
    ...all.map(({ network }) => ({ kind: "namespace", path: network }) as const),
    ...all.map(({ port }) => ({ kind: "veth", namespace: names.bridge, name: port }) as const),
    { kind: "cgroup", name: names.cgroup },
  ];
}

/**
 * Makes and boots the machines of a cluster whose resources are in the ledger. On failure all that was
 * begun is over when it throws, so that the cluster can be torn down.
 */
export async function createCluster(
  spec: ClusterSpec,
  image: string,
  progress: Progress,
  context: Context,
): Promise<RunningCluster> {
  const facts = await kernelFacts();
  const assists = assistsFor(facts);
  // The folders first: they tell others that the host is needed.
  const { runtime, pool } = clusterNames(spec.id);
  await mkdir(runtime, { mode: 0o700 });
  await mkdir(pool);
  await Promise.all(spec.machines.map(({ name }) => mkdir(machineNames(spec.id, name).sshFolder)));
  await borrowHost(progress, context);
  for (const assist of assists) progress.assist(assist);
  const { cluster, keys } = await progress.span("pool and network", () =>
    createShared(spec, facts, image, context),
  );
  const machines = await allEnded(
    spec.machines.map((machine) =>
      progress.span(`boot ${machine.name}`, () => createMachine(cluster, keys, machine, facts, context)),
    ),
  );
  await writeDefinition({ spec, hostKeys: cluster.hostKeys, assists });
  return { spec, machines, assists };
}

type RunKeys = { readonly client: KeyPair; readonly hosts: ReadonlyMap<string, KeyPair> };

/** What must be there before the first machine: cgroups, the anchor with pool and bridge, keys. */
async function createShared(
  spec: ClusterSpec,
  { cgroups }: KernelFacts,
  image: string,
  context: Context,
): Promise<{ cluster: Cluster; keys: RunKeys }> {
  const names = clusterNames(spec.id);
  await createCgroup(cgroups, names.cgroup, "cgroups");
  await createCgroup(cgroups, join(names.cgroup, anchorName));
  const anchor = await startNamespaceAnchor(names, cgroups, image);
  await record(spec.id, [{ kind: "process", of: anchorName, ...anchor }]);
  await untilReady(anchor, names, context);
  const { from } = spec;
  const hostKeyOf = async (machine: string): Promise<KeyPair> =>
    from === undefined ? makeKeyPair() : hostKeyIn(seenBy(anchor, join(names.pool, originOf(machine, from))));
  const keys = {
    client: makeKeyPair(),
    hosts: new Map(
      await Promise.all(spec.machines.map(async ({ name }) => [name, await hostKeyOf(name)] as const)),
    ),
  };
  await writeFile(names.privateKey, keys.client.privateKey, { mode: 0o600 });
  await createBridge(anchor, names, gatewayOf(spec.machines), context);
  const hostKeys = Object.fromEntries([...keys.hosts].map(([name, { publicKey }]) => [name, publicKey]));
  return { cluster: { spec, names, anchor, cgroups, hostKeys }, keys };
}

async function createMachine(
  cluster: Cluster,
  keys: RunKeys,
  spec: MachineSpec,
  facts: KernelFacts,
  context: Context,
): Promise<RunningMachine> {
  const { anchor, spec: clusterSpec } = cluster;
  const machine = machineNames(clusterSpec.id, spec.name);
  const hostKey = keys.hosts.get(spec.name);
  if (!hostKey) throw new HarnessDefect(`${spec.name} has no host key`);
  const root = seenBy(anchor, machine.root);
  const origin = join(cluster.names.pool, originOf(spec.name, clusterSpec.from));
  const identity = {
    spec,
    machines: clusterSpec.machines,
    hostKey,
    authorizedKey: keys.client.publicKey,
    dockerConfiguration: dockerConfiguration(facts),
  };
  await allEnded([
    inside(anchor, "btrfs", ["-q", "subvolume", "snapshot", origin, machine.root], context).then(() =>
      // One that starts from a checkpoint is itself already.
      clusterSpec.from === undefined
        ? writeIdentity(root, identity)
        : renewAccess(root, identity.authorizedKey),
    ),
    new MachineNetwork(clusterSpec.id, spec.name, anchor).create(
      spec.address,
      gatewayOf(clusterSpec.machines),
      context,
    ),
    createCgroup(cluster.cgroups, machine.cgroup),
  ]);
  const made = new NspawnMachine(cluster, spec);
  return made.running(await made.boot(context));
}
