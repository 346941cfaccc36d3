import { z } from "zod";
import type { Context } from "../context.ts";
import type { HarnessError } from "../errors.ts";
import type { Damage } from "../host/persisted.ts";
import { type MachineSpec, machineSpecSchema } from "../profile/schema.ts";
import type { Assist, Progress } from "../progress.ts";
import type { Unprovable } from "../record/record.ts";

export type { MachineSpec } from "../profile/schema.ts";

/** What a provider is asked to make. Two clusters may have the same machines; their ids differ. */
export const clusterSpecSchema = z
  .object({
    /** Short name that is safe in file, namespace and cgroup names: `[a-z0-9-]{1,20}`. */
    id: z.string(),
    machines: z.array(machineSpecSchema.readonly()).readonly(),
    /** The version that is to run, such as `1.14.0`. */
    kubernetes: z.string(),
    /** Host folder whose files machines see, read-only, under `/var/cache/guide-artifacts`. */
    artifacts: z.string(),
    /** Host folder with what yum installs, which machines see as `/var/cache/guide-packages`; for providers with `packages`. */
    packages: z.string().exactOptional(),
    /** By machine: the files of the artifact folder that it needs. A provider may show it more. */
    needs: z.record(z.string(), z.array(z.string()).readonly()).readonly(),
    /** True if `wget` is to download for real; otherwise it is answered from those files. */
    online: z.boolean(),
    /** Key of the checkpoint that the machines start from, or return to; a system without anything of the guide if absent. */
    from: z.string().exactOptional(),
  })
  .readonly();
export type ClusterSpec = z.infer<typeof clusterSpecSchema>;

/** Whether a version of Kubernetes does not run on cgroup v2 alone, as the kubelet does since 1.19 (CHANGELOG-1.19.md). */
export function needsCgroup1(kubernetes: string): boolean {
  const [major = 0, minor = 0] = kubernetes.split(".").map(Number);
  return major === 1 && minor < 19;
}

/** All that is needed to speak SSH with a machine, from any process of the same user. */
export const endpointSchema = z
  .object({
    machine: z.string(),
    transport: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("unix"), path: z.string() }).readonly(),
      z.object({ kind: z.literal("tcp"), host: z.string(), port: z.number() }).readonly(),
    ]),
    user: z.string(),
    /** Set if the user is not root and every command has to go through `sudo -n`. */
    sudo: z.literal(true).exactOptional(),
    /** Path of an OpenSSH private key, mode 0600. */
    privateKeyFile: z.string(),
    /** The one host key that is accepted: `ssh-ed25519 AAAA…`. */
    hostKey: z.string(),
  })
  .readonly();
export type SshEndpoint = z.infer<typeof endpointSchema>;

/** Machines with what reaches them; one without is left out. */
export const withEndpoints = (
  machines: readonly MachineSpec[],
  endpoints: readonly SshEndpoint[],
): { readonly spec: MachineSpec; readonly endpoint: SshEndpoint }[] =>
  machines.flatMap((spec) =>
    endpoints.filter(({ machine }) => machine === spec.name).map((endpoint) => ({ spec, endpoint })),
  );

/*
 * What can block is given a context: it ends with the signal's reason soon after an abort, and with an
 * InfrastructureError at its deadline. What it had begun until then goes with the cluster.
 */

/** A machine that exists but does not run: it can be started or destroyed, and has no endpoint. */
export interface StoppedMachine {
  readonly spec: MachineSpec;
  /** Boots, and resolves once SSH answers. Deadline: InfrastructureError with the console's last lines. */
  start(context: Context): Promise<RunningMachine>;
}

export interface RunningMachine {
  readonly spec: MachineSpec;
  readonly endpoint: SshEndpoint;
  /** An orderly reboot, proved by a changed boot id. */
  reboot(context: Context): Promise<RunningMachine>;
  /** For a machine that was told to reboot from within: resolves once it is back with another boot id than `before`. */
  returned(before: string, context: Context): Promise<RunningMachine>;
  /** Cuts the power: nothing on the machine is told, and what it had in memory alone is lost. Absent where nobody can. */
  cutPower?(context: Context): Promise<StoppedMachine>;
  /** Takes the machine off the cluster's network; SSH keeps working. */
  cutLink(context: Context): Promise<void>;
  healLink(context: Context): Promise<void>;
}

/** Three running machines and what it took. */
export interface RunningCluster {
  readonly spec: ClusterSpec;
  readonly machines: readonly RunningMachine[];
  readonly assists: readonly Assist[];
}

/** One thing the host lacks, what to do about it, and the verdict of a run that needs it: infrastructure if it is absent. */
export type Shortfall = {
  readonly need: string;
  readonly found: string;
  readonly remedy: string;
  /** False if the provider has a way around (an assist). */
  readonly fatal: boolean;
  readonly verdict?: HarnessError["verdict"];
};

/** One thing that was looked at for a run's machines; in order unless it is a shortfall. */
export type Check =
  | Shortfall
  | (Pick<Shortfall, "need" | "found"> & { readonly [key in "remedy" | "fatal" | "verdict"]?: never });

export const isShort = (check: Check): check is Shortfall => check.remedy !== undefined;

/** An address that is downloaded from, what for, whether a run cannot do without it, and that run's verdict, as of a `Shortfall`. */
export type Site = {
  readonly what: string;
  readonly address: string;
  readonly fatal: boolean;
  readonly verdict?: HarnessError["verdict"];
  /** It has what yum installs, where yum asks for it, or for this host alone, where else it is. */
  readonly ofYum?: "here" | "elsewhere";
  /** No machine asks it: what their certificates know does not matter. */
  readonly hostOnly?: true;
};

/**
 * What a step may ask for that a stand-in for the reader's machine can lack: a person at a `terminal`, a `reboot` in its course, a
 * `clock` that can be set, kernel `modules` and `settings` of its own, `privileges` for containers, the services of `centos`, its
 * `selinux` and `firewalld`, its `yum`, the `packages` that yum is to install, the `internet`, and a `download` that the artifact
 * set can answer.
 */
export type Capability =
  | "terminal"
  | "reboot"
  | "clock"
  | "modules"
  | "settings"
  | "log"
  | "privileges"
  | "centos"
  | "selinux"
  | "firewalld"
  | "yum"
  | "packages"
  | "internet"
  | "download";

/** A capability that machines lack, and why; `has` says what of it they have all the same. */
export type Limitation = {
  readonly capability: Capability;
  readonly reason: string;
  readonly has?: (what: string) => boolean;
};

/** Saved states of all machines of a cluster, memory included, to which it can return. */
export interface Snapshots {
  /** Saves all machines as they are, and `metadata` with them. One of the same name is replaced. */
  save(id: string, name: string, metadata: string, context: Context): Promise<void>;
  /** Returns to a saved state, and resolves with its metadata once all machines answer SSH again. */
  restore(id: string, name: string, context: Context): Promise<string>;
}

/** All machines of a cluster, saved at one moment, from which further clusters start. */
export interface Checkpoints {
  /** True if what is saved is a part of its cluster, memory included: only that one returns to it, and it goes with it. */
  readonly inPlace?: true;
  /** Hash of what machines are made from beside the guide; a checkpoint is good for machines of the same alone. */
  base(cluster: string, context: Context): Promise<string>;
  /** Saves a running cluster; its machines stand still meanwhile. What is there under the key already stays. */
  save(id: string, key: string, context: Context): Promise<void>;
  /** Keys of all that is saved whole. */
  list(context: Context): Promise<string[]>;
  /** Removes what is saved under some keys, and what was left unfinished; names what was there. */
  remove(keys: readonly string[], context: Context): Promise<string[]>;
  /** Disk space of all that is saved and of what it shares with machines, in bytes. */
  bytes(context: Context): Promise<number>;
}

export type MachineFault = "machine killed" | "link cut" | "sshd stopped";

/** What a trial does to a cluster from the host, behind the back of the run that owns it. */
export interface FaultInjection {
  /**
   * Does something to a machine by the ledger alone: nothing is written to it, so the cluster stays that run's.
   * InfrastructureError if the machine is not there.
   */
  inject(id: string, machine: string, fault: MachineFault, context: Context): Promise<void>;
  /** What the host has of a cluster with these machines, looked for by names and not by the ledger; empty if nothing. */
  leftOf(id: string, machines: readonly string[], context: Context): Promise<string[]>;
}

/** A cluster that a provider's ledgers know. */
export type Listed = {
  readonly id: string;
  /** Whether a process that owns it still lives. */
  readonly running: boolean;
  /** What of its ledger cannot be read. */
  readonly damaged: readonly Damage[];
};

/** Makes machines, or gives those that exist. */
export interface Provider {
  readonly name: string;
  /** Whether machines can reach the download sites by themselves. */
  readonly online: boolean;
  /** True if its machines are others' hosts, which the guide gets as they are. */
  readonly borrowed?: true;
  /** What none of its machines can prove; what else they cannot is asked of them before the guide begins. */
  readonly cannotProve: readonly Unprovable[];
  /** What no step can be given on these machines. */
  readonly limitations: readonly Limitation[];
  /**
   * What yum on its machines installs from the folder that the cluster is given: what this project `packed`, or unless the
   * run is online `centos`, CentOS's and Docker's own packages. Absent if they have no yum.
   */
  readonly packages?: "packed" | "centos" | undefined;
  /** Names of the ports in the guide's `ports/` that carry the guide to this provider's OS. */
  readonly ports: readonly string[];
  /** The machines that a run gets, if they are not just those asked for. UsageError if it cannot. */
  layout?(wanted: readonly MachineSpec[]): Promise<readonly MachineSpec[]>;
  /** Looks at the host, changes nothing. `kubernetes` is the version that is to run, such as `1.14.0`. */
  probe(kubernetes: string, context: Context): Promise<Shortfall[]>;
  /** For a person who asks: all that is looked at, what is in order, too. A provider without it has its shortfalls alone. */
  examine?(context: Context): Promise<Check[]>;
  /** What its machines, or their making, download, whatever artifacts there are. */
  sites?(): Promise<readonly Site[]>;
  /** Makes what is shared by all clusters and kept (the root file system). Idempotent. */
  prepare(progress: Progress, context: Context): Promise<void>;
  /** Creates and starts all machines at once; on failure, or an abort, nothing is left. */
  up(spec: ClusterSpec, progress: Progress, context: Context): Promise<RunningCluster>;
  /** A cluster that an earlier process brought up; undefined if there is none. */
  open(id: string, context: Context): Promise<RunningCluster | undefined>;
  /**
   * Gives a machine its power back of which another process, which is gone, has taken it: whatever is left of the machine is
   * switched off first. Absent where machines are not this project's to switch.
   */
  powerOn?(id: string, machine: string, context: Context): Promise<void>;
  /**
   * Removes a cluster by its ledger alone; says each thing it removed. Idempotent. InfrastructureError if something is
   * left, or may be left since lines of the ledger are damaged; that ledger is then set aside.
   */
  down(id: string, progress: Progress, context: Context): Promise<string[]>;
  /** The clusters that a ledger knows. One that is damaged does not hide the others. */
  list(): Promise<Listed[]>;
  /** Removes what killed runs left on the host beside clusters, if nobody needs it; says each thing it removed. */
  sweep?(context: Context): Promise<string[]>;
  readonly faults?: FaultInjection;
  readonly snapshots?: Snapshots;
  /** For providers whose machines can start from, or return to, what was saved after a step. */
  readonly checkpoints?: Checkpoints;
}
