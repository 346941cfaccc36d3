import {
  type BootKind,
  Deadlines,
  openCluster,
  type OpenCluster,
  UsageError,
} from "../../harness/cluster.ts";
import { nodesWith } from "./copies.ts";
import { Etcd } from "./etcd.ts";
import { type Heartbeats, readHeartbeats } from "./heartbeats.ts";
import { Kubectl } from "./kubectl.ts";
import { SuiteMachine } from "./machine.ts";
import { once } from "./trace/once.ts";
import { AnswerTimeout } from "./waits/answer-timeout.ts";
import { members as memberSpecs, profile, slowness } from "./run.ts";
import { Workload } from "./workload/workload.ts";

/** The guide's cluster as suites see it. */
export type Cluster = {
  readonly master: SuiteMachine;
  /** In the order of their addresses. */
  readonly nodes: readonly [SuiteMachine, ...SuiteMachine[]];
  /** The members of etcd, in the order of their addresses. */
  readonly members: readonly SuiteMachine[];
  /** Versions of the artifact set, without a leading `v`. */
  readonly versions: OpenCluster["versions"];
  readonly kubectl: Kubectl;
  readonly etcd: Etcd;
  readonly workload: Workload;
  /** Certificate of the CA of Kubernetes, in PEM; read once. */
  kubernetesCa(): Promise<string>;
  /** Names of the nodes that have a file of the master's, or a copy of it among what the guide makes. */
  nodesWith(file: string): Promise<string[]>;
  /** The nodes' heartbeats when this was first called. */
  firstHeartbeats(): Promise<Heartbeats>;
  /** Whether the power of its machines can be cut. */
  readonly cutsPower: boolean;
  /** Boots machines anew, all at once; what is asked of them later goes on. */
  boot(machines: readonly SuiteMachine[], how: BootKind): Promise<void>;
  /** Cuts a machine's power; what is returned gives it back, and what is asked of the machine later goes on. */
  powerOff(machine: SuiteMachine): Promise<() => Promise<void>>;
  /** Takes a machine off the cluster's network; what is returned puts it back. */
  cutLink(machine: SuiteMachine): Promise<() => Promise<void>>;
  /** Servers that did not answer are waited for again as long as at first. */
  regain(): void;
  close(): Promise<void>;
};

/** Opens the cluster that GUIDE_CLUSTER names; UsageError if it names none, or the guide's machines are not there. */
export async function openSuiteCluster(env: NodeJS.ProcessEnv = process.env): Promise<Cluster> {
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
  const kubectl = new Kubectl(master, answerTimeout);
  const etcd = new Etcd(member);
  const workload = new Workload(kubectl, etcd, [first, ...others]);
  return {
    master,
    nodes: [first, ...others],
    members,
    versions: open.versions,
    kubectl,
    etcd,
    workload,
    kubernetesCa: once(() => master.read(profile.kubernetes.ca)),
    nodesWith: (file) =>
      nodesWith(file, { master, nodes: [first, ...others], folders: profile.footprint.folders }),
    firstHeartbeats: once(() => readHeartbeats(kubectl)),
    cutsPower: open.cutsPower,
    async boot(booted, how) {
      await open.boot(
        booted.map(({ name }) => name),
        how,
      );
      if (booted.includes(master)) kubectl.renew();
      answerTimeout.regain();
    },
    async powerOff(machine) {
      const powerOn = await open.powerOff([machine.name]);
      return async () => {
        await powerOn();
        if (machine === master) kubectl.renew();
      };
    },
    cutLink: (machine) => open.cutLink(machine.name),
    regain: () => answerTimeout.regain(),
    async close() {
      try {
        if (!env["GUIDE_KEEP"]) await workload.remove();
      } finally {
        kubectl.close();
        await open.close();
      }
    },
  };
}
