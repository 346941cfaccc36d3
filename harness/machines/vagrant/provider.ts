import type { Context } from "../../context.ts";
import { HarnessDefect, InfrastructureError, UsageError } from "../../errors.ts";
import type { Assist, Progress } from "../../progress.ts";
import { claimFolder, listFolders, orRemoved, ownerEntry } from "../ledger/folder.ts";
import { noCentos, noInternet, noYum } from "../limitations.ts";
import {
  type Check,
  type ClusterSpec,
  isShort,
  type MachineSpec,
  type Provider,
  type RunningCluster,
  type SshEndpoint,
  withEndpoints,
} from "../machine.ts";
import { supplyTools } from "../copy-tools.ts";
import { firewalldAssist, type System, toolsAssist } from "../tools.ts";
import { allEnded } from "../../host/exec.ts";
import { assertId } from "../../choices.ts";
import { assertSpec } from "../names.ts";
import { checkPrograms } from "../programs.ts";
import { installPackages } from "../../host/packages/packages.ts";
import { connect } from "../ssh/connect.ts";
import type { Connection } from "../ssh/connection.ts";
import { artifactsAssist, deliverAll, packagesAssist } from "../ssh/deliver.ts";
import { debianBox, makeBox } from "./boxes/box.ts";
import { prepareBox } from "./boxes/add.ts";
import { centosSites, checkBox } from "./boxes/check.ts";
import { checkpoints, returnTo } from "./checkpoints.ts";
import {
  clustersFolder,
  readDefinition,
  readLedger,
  record,
  vagrantNames,
  writeDefinition,
} from "./cluster.ts";
import { type Cluster, firstContact, runningMachine, startAgain } from "./lifecycle.ts";
import { forBringing, forDriving } from "./packages.ts";
import { assertAddressesFree, checksOf, gatherHostFacts, shortfallsOf } from "./probe.ts";
import { isOver, isPrivate, sweepSessions } from "./libvirt/sessions.ts";
import { boxName, environmentOf, type VagrantEnvironment } from "./command/settings.ts";
import { snapshots } from "./libvirt/snapshots.ts";
import { tearDown } from "./teardown.ts";
import { vagrant as runVagrant } from "./command/vagrant.ts";
import { listed } from "./libvirt/virsh.ts";

const selinuxAssist: Assist = {
  id: "selinux-policy",
  reason:
    'SELinux enforces Debian\'s policy "default" in the place of CentOS 7\'s "targeted"; people and services that it does not know run unconfined in both',
};

/** For an estimate of memory before the machines are known. */
const usualMachines = 3;

/** Virtual machines of the project's Vagrantfile, in libvirt. Box, memory and driver come from the environment. */
export const vagrant: Provider = {
  name: "vagrant",
  get online() {
    return !isPrivate();
  },
  get packages() {
    return boxName() === debianBox ? undefined : "centos";
  },
  get ports() {
    return boxName() === debianBox
      ? ["embedded-os", "debian-packages", "vagrant-networks"]
      : ["vagrant-networks"];
  },
  // Whatever the box is called, its machines are asked.
  cannotProve: [],
  get limitations() {
    return [...(boxName() === debianBox ? [noCentos, noYum] : []), ...(isPrivate() ? [noInternet] : [])];
  },
  async probe(_kubernetes, context) {
    const brought = (await checkBrought()).filter(isShort);
    return [...shortfallsOf(await gatherHostFacts(usualMachines, context)), ...brought];
  },
  async examine(context) {
    const facts = await gatherHostFacts(usualMachines, context);
    return [...checksOf(facts), ...(await checkBrought()), await checkBox(context)];
  },
  async sites() {
    // The Debian box has its packages, and a private libvirt no way out.
    return boxName() === debianBox || isPrivate() ? [] : centosSites();
  },
  async prepare(progress, context) {
    const programs = { ...forDriving, ...(boxSystem() === "centos7" && forBringing) };
    await installPackages(progress, context, programs);
    await (boxName() === debianBox ? makeBox(progress, context) : prepareBox(progress, context));
  },
  up,
  open,
  async powerOn(id, name, context) {
    const definition = await readDefinition(id);
    const endpoint = definition?.endpoints.find(({ machine }) => machine === name);
    if (definition && endpoint) await startAgain(definition, endpoint, context);
  },
  async down(id, progress, context) {
    return progress.span(`remove cluster ${id}`, () => tearDown(id, context));
  },
  list: () => listFolders(clustersFolder(), readLedger),
  sweep: sweepSessions,
  snapshots,
  checkpoints,
};

async function up(spec: ClusterSpec, progress: Progress, context: Context): Promise<RunningCluster> {
  assertSpec(spec);
  if (spec.from !== undefined) return bringBack(spec, spec.from, progress, context);
  assertAddressesFree(spec.machines);
  const env = await environmentOf(spec);
  await assertNamesFree(spec.id, env, context);
  await claimFolder(spec.id, vagrantNames(spec.id).state);
  const making = async (): Promise<RunningCluster> => {
    await record(spec.id, [{ kind: "vagrant", env }]);
    return create({ spec, env }, progress, context);
  };
  return orRemoved(spec.id, making, tearDown, context);
}

async function create(cluster: Cluster, progress: Progress, context: Context): Promise<RunningCluster> {
  const { spec, env } = cluster;
  await progress.span("vagrant up", () =>
    runVagrant(["up", "--provider", "libvirt", "--parallel"], env, context, {
      listen: ({ type, data }) => {
        const line = noteOf(type, data);
        if (line !== undefined) progress.note(line);
      },
    }),
  );
  const endpoints = await progress.span("first contact", () => firstContact(cluster, context));
  await progress.span("look for tools", () =>
    overSsh(spec.machines, endpoints, context, (connection, machine) =>
      supplyTools(connection, machine, boxSystem(), progress, context),
    ),
  );
  const assists = await deliverToAll(spec, endpoints, progress, context);
  for (const assist of assists) progress.assist(assist);
  await writeDefinition({ spec, env, endpoints, assists });
  return { spec, machines: machinesOf(cluster, endpoints), assists };
}

/** The machines that are there, as they were at a checkpoint, with the artifacts that they need now. */
async function bringBack(
  spec: ClusterSpec,
  from: string,
  progress: Progress,
  context: Context,
): Promise<RunningCluster> {
  const { id } = spec;
  await progress.span("snapshot restore", () => returnTo(id, from, context));
  const running = await open(id);
  if (!running) throw new HarnessDefect(`Cluster ${id} has no definition`);
  const endpoints = running.machines.map(({ endpoint }) => endpoint);
  return { ...running, spec, assists: await deliverToAll(spec, endpoints, progress, context) };
}

/** What of vagrant's talk a person wants to see: what takes long. */
function noteOf(type: string, data: readonly string[]): string | undefined {
  if (type !== "ui") return undefined;
  const line = data.slice(1).join(",").replace(/^==> /, "").trim();
  return /Uploading|Downloading|Adding box|Waiting for|booted and ready/.test(line) ? line : undefined;
}

const machinesOf = (cluster: Cluster, endpoints: readonly SshEndpoint[]) =>
  withEndpoints(cluster.spec.machines, endpoints).map(({ spec, endpoint }) =>
    runningMachine(cluster, spec, endpoint),
  );

/** What machines of the box run. */
const boxSystem = (): System => (boxName() === debianBox ? "debian12" : "centos7");

/** Whether this host has what its machines lack. */
const checkBrought = async (): Promise<Check[]> =>
  boxSystem() === "centos7" ? [await checkPrograms("programs to copy to the machines", forBringing)] : [];

/** Works on machines of a cluster over a connection to each, on all at once. */
const overSsh = (
  machines: readonly MachineSpec[],
  endpoints: readonly SshEndpoint[],
  context: Context,
  work: (connection: Connection, spec: MachineSpec) => Promise<unknown>,
): Promise<unknown> =>
  allEnded(
    withEndpoints(machines, endpoints).map(async ({ spec, endpoint }) => {
      await using connection = await connect(endpoint, context);
      await work(connection, spec);
    }),
  );

/** Sends each machine what it needs of the artifacts, which a reader's machine would download. */
async function deliverToAll(
  spec: ClusterSpec,
  endpoints: readonly SshEndpoint[],
  progress: Progress,
  context: Context,
): Promise<Assist[]> {
  const needy = spec.machines.filter(({ name }) => !spec.online || spec.needs[name]?.length);
  await progress.span("deliver artifacts", () =>
    overSsh(needy, endpoints, context, (connection, { name }) =>
      progress.span(`deliver to ${name}`, () => deliverAll(connection, spec)),
    ),
  );
  const box =
    boxSystem() === "centos7"
      ? [toolsAssist("it was copied from this host, with its libraries")]
      : [toolsAssist("the box has it"), firewalldAssist, selinuxAssist];
  if (spec.online) return box;
  return [...box, artifactsAssist, ...(spec.packages === undefined ? [] : [packagesAssist])];
}

/** UsageError if libvirt has machines or networks of these names that no ledger of this user knows. */
async function assertNamesFree(id: string, env: VagrantEnvironment, context: Context): Promise<void> {
  const { prefix } = vagrantNames(id);
  const [taken] = [
    ...(await listed("domains", env, context, prefix)),
    ...(await listed("networks", env, context, prefix)),
  ];
  if (taken === undefined) return;
  throw new UsageError(`libvirt has ${taken} already`, {
    hint: `Remove it with \`pnpm down --cluster ${id}\`, as the user who made it, or choose another id with --cluster.`,
  });
}

async function open(id: string): Promise<RunningCluster | undefined> {
  assertId(id);
  const definition = await readDefinition(id);
  if (!definition) return undefined;
  const { spec, env, endpoints, assists } = definition;
  if (await isOver(env)) {
    throw new InfrastructureError(`Cluster ${id} is gone: the libvirt it was in has ended`, {
      hint: `Run \`pnpm down --cluster ${id}\`, then bring it up again, all inside one \`pnpm libvirt\`.`,
    });
  }
  await record(id, [await ownerEntry()]);
  return { spec, machines: machinesOf({ spec, env }, endpoints), assists };
}
