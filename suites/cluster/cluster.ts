import { type BootKind, Deadlines, openCluster, UsageError } from "../../harness/cluster.ts";
import { nodesWith } from "./copies.ts";
import { Etcd } from "./etcd.ts";
import { readHeartbeats } from "./heartbeats.ts";
import { Kubectl } from "./kubectl.ts";
import { SuiteMachine } from "./machine.ts";
import { once } from "./trace/once.ts";
import { AnswerTimeout } from "./waits/answer-timeout.ts";
import { members as memberSpecs, profile, slowness } from "./run.ts";
import { Workload } from "./workload/workload.ts";

/** The guide's cluster as suites see it. */
export type Cluster = Readonly<Awaited<ReturnType<typeof openSuiteCluster>>>;

/** Opens the cluster that GUIDE_CLUSTER names; UsageError if it names none, or the guide's machines are not there. */
export async function openSuiteCluster(env: NodeJS.ProcessEnv = process.env) {
  const id = env["GUIDE_CLUSTER"];
  if (!id) {
    throw new UsageError("GUIDE_CLUSTER does not say which cluster the suites are for", {
      hint: "Run them with `pnpm suite all`.",
    });
  }
  // Nothing but its process's end ends a suite: whoever started it sees to that.
  const { signal } = new AbortController();
  const open = await openCluster(id, { signal, deadlines: new Deadlines(slowness) });
  const answerTimeout = new AnswerTimeout();
  const machines = open.machines
    .map((spec) => new SuiteMachine(spec, open.connection(spec.name), answerTimeout))
    .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const master = machines.find(({ role }) => role === "master");
  const [first, ...others] = machines.filter(({ role }) => role === "node");
  const members = machines.filter(({ name }) => memberSpecs.some((member) => member.name === name));
  const member = members.find(({ role }) => role === "master") ?? members[0];
  if (!master || !first || !member) {
    await open.close();
    throw new UsageError(`The cluster ${id} has not one master, a node and a member of etcd`, {
      hint: `Its machines: ${machines.map(({ name, role }) => `${name} (${role})`).join(", ")}.`,
    });
  }
  const nodes: readonly [SuiteMachine, ...SuiteMachine[]] = [first, ...others];
  const kubectl = new Kubectl(master, answerTimeout);
  const etcd = new Etcd(member);
  const workload = new Workload(kubectl, etcd, nodes);
  return {
    master,
    /** In the order of their addresses. */
    nodes,
    /** The members of etcd, in the order of their addresses. */
    members,
    /** Versions of the artifact set, without a leading `v`. */
    versions: open.versions,
    kubectl,
    etcd,
    workload,
    /** Certificate of the CA of Kubernetes, in PEM; read once. */
    kubernetesCa: once(() => master.read(profile.kubernetes.ca)),
    /** Names of the nodes that have a file of the master's, or a copy of it among what the guide makes. */
    nodesWith: (file: string) => nodesWith(file, { master, nodes, folders: profile.footprint.folders }),
    /** The nodes' heartbeats when this was first called. */
    firstHeartbeats: once(() => readHeartbeats(kubectl)),
    /** Whether the power of its machines can be cut. */
    cutsPower: open.cutsPower,
    /** Boots machines anew, all at once; what is asked of them later goes on. */
    async boot(booted: readonly SuiteMachine[], how: BootKind): Promise<void> {
      await open.boot(
        booted.map(({ name }) => name),
        how,
      );
      if (booted.includes(master)) kubectl.renew();
      answerTimeout.regain();
    },
    /** Cuts a machine's power; what is returned gives it back, and what is asked of the machine later goes on. */
    async powerOff(machine: SuiteMachine): Promise<() => Promise<void>> {
      const powerOn = await open.powerOff([machine.name]);
      return async () => {
        await powerOn();
        if (machine === master) kubectl.renew();
      };
    },
    /** Takes a machine off the cluster's network; what is returned puts it back. */
    cutLink: (machine: SuiteMachine) => open.cutLink(machine.name),
    /** Servers that did not answer are waited for again as long as at first. */
    regain: () => answerTimeout.regain(),
    async close(): Promise<void> {
      try {
        if (!env["GUIDE_KEEP"]) await workload.remove();
      } finally {
        kubectl.close();
        await open.close();
      }
    },
  };
}
