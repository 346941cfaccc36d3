import { InfrastructureError, UsageError } from "../../errors.ts";
import { type MachineSpec, needsCgroup1 } from "../machine.ts";
import type { Connection } from "../ssh/connection.ts";
import { sh } from "../ssh/sh.ts";
import { ask } from "../ssh/succeed.ts";
import { remedyFor, toolsFor } from "../tools.ts";
import type { HostOs } from "./file/file.ts";
import { guideUnits, type Traces } from "./restore/paths.ts";
import { runScript } from "./script.ts";

/** Asks a host, which is to run `os`. InfrastructureError if it does not answer, or root cannot be had on it. */
export async function factsOf(
  connection: Connection,
  spec: MachineSpec,
  { machines, os, guide }: { machines: readonly MachineSpec[]; os: HostOs; guide: Traces },
): Promise<HostFacts> {
  let heard: number | undefined;
  const lists = {
    peers: machines.filter((other) => other !== spec).map(({ address }) => address),
    address: [spec.address],
    programs: toolsFor(spec.role, os).map(({ program }) => program),
    units: guideUnits(guide),
    folders: guide.footprint.folders,
  };
  const printed = await runScript(
    connection,
    "facts",
    lists,
    "there is no root access, or the host cannot be examined",
    {
      limit: "look",
      onOutput: ({ text }) => {
        if (text.includes("clock=")) heard ??= Date.now();
      },
      end: "end=\n",
      hint: "Log in as root, or as a user whom /etc/sudoers gives `NOPASSWD: ALL`, with `sudo: true` in the inventory.",
    },
  );
  return parseFacts(printed, spec, heard ?? Date.now());
}

/**
 * Takes apart what scripts/facts.sh prints; `heard` is this host's clock, in milliseconds, when the host's arrived. A login and
 * sudo may take seconds before that clock is read, its way here takes none.
 */
export function parseFacts(output: string, spec: MachineSpec, heard: number) {
  const all = (name: string): string[] =>
    output.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
  const one = (name: string): string => all(name)[0] ?? "";
  return {
    spec,
    user: one("user"),
    init: one("init"),
    machine: one("machine"),
    /** Id and version of os-release(5): `debian 12`. */
    os: one("os"),
    osName: one("osName"),
    cgroups: one("cgroups") === "2" ? "2" : "1",
    lacks: all("lacks"),
    /** Its address in the inventory, if no interface of it has that. */
    notOwn: all("notOwn"),
    unreachable: all("unreachable"),
    /** What of the guide is there already. */
    found: all("found"),
    dockerInstalled: one("docker") === "installed",
    dockerOnCgroupfs: one("dockerCgroups") === "cgroupfs",
    /** Milliseconds by which its clock is ahead of this host's. */
    clockAheadMs: Number(one("clock")) * 1000 - heard,
  };
}

export type HostFacts = Readonly<ReturnType<typeof parseFacts>>;

const osIds: Readonly<Record<HostOs, string>> = { debian12: "debian 12", centos7: "centos 7" };

/** The system of a host, as an inventory names it. UsageError for one that no inventory can have. */
export async function systemOf(connection: Connection): Promise<HostOs> {
  const id = (await ask(connection, sh`. /etc/os-release && echo "$ID $VERSION_ID"`)).trim();
  const systems: readonly HostOs[] = ["debian12", "centos7"];
  const found = systems.find((os) => osIds[os] === id);
  if (found) return found;
  throw new UsageError(`${connection.machine} runs ${id}, which no inventory can have`, {
    machine: connection.machine,
    hint: `Hosts of an inventory run ${Object.values(osIds).join(" or ")}.`,
  });
}

/** Milliseconds by which the hosts' clocks may differ: certificates are valid from the moment they are made. */
const mostSkew = 2000;

type Unfit = readonly [found: string, remedy: string];

/** What makes a host unfit for the guide, whoever uses it; each with its remedy. */
export function unfitness(facts: HostFacts, os: HostOs, kubernetes: string): Unfit[] {
  const { user, init, machine, cgroups, lacks, notOwn, unreachable, dockerInstalled, dockerOnCgroupfs } =
    facts;
  const ofDebian = os === "debian12" && facts.spec.role === "node";
  const unfit: (Unfit | false)[] = [
    user !== "0" && [`commands run as user ${user}, not as root`, "give the host's entry `sudo: true`"],
    init !== "systemd" && [`process 1 is ${init}`, "the guide needs a host that runs systemd"],
    machine !== "x86_64" && [`it is a ${machine}`, "the guide's binaries are for x86_64"],
    facts.os !== osIds[os] && [
      `it runs ${facts.osName || facts.os}`,
      `the inventory says os: ${os}; give each system a file of its own, or correct it`,
    ],
    lacks.length > 0 && [`it has no ${lacks.join(", ")}`, remedyFor(lacks, os)],
    notOwn.length > 0 && [
      `no interface of it has the address ${notOwn.join(", ")}`,
      "`address` is the host's own, by which the others reach it; `ssh.host` may be another",
    ],
    unreachable.length > 0 && [
      `it does not reach ${unreachable.join(", ")}`,
      "see the routes and firewalls between the hosts",
    ],
    cgroups === "2" &&
      needsCgroup1(kubernetes) && [
        "it has cgroup v2 only",
        `Kubernetes ${kubernetes} needs version 1: boot with systemd.unified_cgroup_hierarchy=0`,
      ],
    ofDebian && !dockerInstalled && ["it has no docker.io", "apt-get install docker.io"],
    ofDebian &&
      dockerInstalled &&
      cgroups === "2" &&
      !dockerOnCgroupfs && [
        "its Docker uses the cgroup driver systemd, the guide's kubelet cgroupfs",
        'put `"exec-opts": ["native.cgroupdriver=cgroupfs"]` into /etc/docker/daemon.json',
      ],
  ];
  return unfit.filter((one) => one !== false);
}

/** InfrastructureError if hosts are unfit or their clocks differ, naming each and what to do. */
export function assertFit(all: readonly HostFacts[], os: HostOs, kubernetes: string): void {
  const unfit = all.flatMap((facts) =>
    unfitness(facts, os, kubernetes).map(([found, remedy]) => `${facts.spec.name}: ${found}; ${remedy}`),
  );
  const clocks = all.toSorted((one, other) => one.clockAheadMs - other.clockAheadMs);
  const [slow, fast] = [clocks.at(0), clocks.at(-1)];
  const skew = slow && fast ? fast.clockAheadMs - slow.clockAheadMs : 0;
  if (slow && fast && skew > mostSkew) {
    const behind = `${(skew / 1000).toFixed(1)} s behind ${fast.spec.name}'s`;
    unfit.push(`${slow.spec.name}: its clock is ${behind}; set both, with chrony or ntpd`);
  }
  if (unfit.length === 0) return;
  throw new InfrastructureError(`The hosts are not fit for the guide:\n${unfit.join("\n")}`, {
    hint: "Nothing was changed. Put the above right and try again.",
  });
}

/**
 * Names of the hosts that carry the guide already. InfrastructureError if there are any and they are not to be
 * adopted, naming each and what was found.
 */
export function adopted(all: readonly HostFacts[], adopt: boolean, file: string): string[] {
  const carrying = all.filter(({ found }) => found.length > 0);
  if (carrying.length === 0 || adopt) return carrying.map(({ spec }) => spec.name);
  const lines = carrying.map(({ spec, found }) => `${spec.name}: ${found.join(", ")}`);
  throw new InfrastructureError(
    `Hosts carry the guide, or another Kubernetes, already:\n${lines.join("\n")}`,
    {
      hint: `Nothing was changed. Remove it with \`pnpm reset --inventory ${file}\`, or use the hosts as they are with --adopt.`,
    },
  );
}
