import type { MachineSpec } from "../../machine.ts";
import { mirrorSocket } from "../../ssh/deliver.ts";
import { restoring, without } from "./iptables.ts";
import {
  changedSysctls,
  guideChain,
  guideLink,
  guidePackage,
  guideUnits,
  isShared,
  sharedUnits,
  type Traces,
} from "./paths.ts";
import type { Section, State } from "./state.ts";

export type ResetContext = {
  readonly machines: readonly MachineSpec[];
  readonly guide: Traces;
  /** The public keys of root on the machines, which trust each other. */
  readonly rootKeys: readonly string[];
  /** Text of /etc/profile. */
  readonly profile: string;
};

/**
 * What is to be done on a host so that nothing of the guide is left: from what the host was like before to what it is now; without
 * a before, what is the guide's for sure.
 */
export function planReset(before: State | undefined, now: State, context: ResetContext) {
  const there = [...now.things.place.keys()].filter(isPlain);
  const had = (path: string): boolean => before?.things.place.has(path) === true;
  const shared = there.filter(isShared);
  const own = there.filter((path) => !isShared(path));
  return {
    /** Units that are stopped and disabled; they go. */
    stop: [
      ...guideUnits(context.guide),
      ...(before?.things.unit.has(mirrorSocket) === false ? [mirrorSocket] : []),
    ],
    /** Units that the host had itself: how they are to be. */
    units: before ? sharedUnits.filter((name) => before.things.unit.has(name)).map(unitAsIn(before)) : [],
    ...dockerRemains(before, now),
    links: added("link", before, now).filter((name) => before !== undefined || guideLink.test(name)),
    /** Paths that are removed with all below them, after what is mounted there is unmounted. */
    remove: innermostFirst([...own, ...(before ? shared : [])].filter((path) => !had(path))),
    /** Files that lose lines, with what remains of them. */
    rewrite: rewrites(before, now, context),
    packages: before ? added("package", before, now).filter((name) => guidePackage.test(name)) : [],
    /** Whether SELinux, which was in force, is to be so again; one that is disabled needs a boot. */
    enforce: before?.things.selinux.has("Enforcing") === true && now.things.selinux.has("Permissive"),
    sysctls: before ? changedBack(before, now) : [],
    /** Inputs of iptables-restore and ip6tables-restore; undefined if all is as it was. */
    iptables: filter(before?.texts.iptables, now.texts.iptables, context.guide),
    ip6tables: filter(before?.texts.ip6tables, now.texts.ip6tables, context.guide),
    /** What is there and may be the guide's or the host's own, which nobody knows. */
    undecided: before ? [] : undecided(shared, now),
  };
}

export type ResetPlan = Readonly<ReturnType<typeof planReset>>;

/**
 * Whether a path is of letters that no shell takes for anything else. The guide makes no others; what has a name of
 * another kind is left, and told when the host is compared.
 */
const isPlain = (path: string): boolean => /^[\w./+:@%,=-]+$/.test(path);

const added = (section: Section, before: State | undefined, now: State): string[] =>
  [...now.things[section].keys()].filter((name) => before?.things[section].has(name) !== true);

const undecided = (shared: readonly string[], { things }: State): string[] => [
  ...shared.map((path) => `${path}: may be the host's own`),
  ...(things.unit.has("docker.service") ? ["docker.service stopped: its unit file may be the guide's"] : []),
];

const unitAsIn =
  ({ things }: State) =>
  (name: string) => ({
    name,
    enabled: things.unit.get(name) === "enabled",
    active: things.active.get(name) === "active",
  });

/** Without a before, Docker's things are left alone but for the containers of pods, which are known by their names. */
function dockerRemains(before: State | undefined, now: State) {
  if (!before) {
    const runs = now.things.active.get("docker.service") === "active";
    const pods = runs ? [...podsOf(now).keys()] : [];
    return { containers: pods, spared: [], images: [], volumes: [], networks: [] };
  }
  return {
    containers: added("container", before, now),
    /** Containers that were there before, whatever they are called. */
    spared: [...before.things.container.keys()],
    images: added("image", before, now),
    volumes: added("volume", before, now),
    // A Docker that did not run could not say which networks it had.
    networks: before.things.network.size === 0 ? [] : added("network", before, now),
  };
}

const podsOf = ({ texts }: State): ReadonlyMap<string, string> =>
  new Map(
    texts.pods.map((line): [string, string] => {
      const [id = "", name = ""] = line.split(" ");
      return [id, name];
    }),
  );

const innermostFirst = (paths: readonly string[]): string[] => paths.toSorted((a, b) => b.length - a.length);

/** Files in which the guide and its help add lines to those of the host. */
function rewrites(
  before: State | undefined,
  now: State,
  { machines, rootKeys, profile, guide }: ResetContext,
): { readonly path: string; readonly content: string }[] {
  const addresses = new Set(machines.map(({ address }) => address));
  const knownHosts = now.texts.known_hosts.filter(
    (line) => addresses.has(line.split(/[ ,]/)[0] ?? "") || (before && line.startsWith("|1|")),
  );
  const profileLines = profile.split("\n");
  const files = [
    { path: "/etc/profile", now: profileLines, before: undefined, lines: guide.footprint.profileLines },
    {
      path: "/root/.ssh/authorized_keys",
      now: [...now.texts.authorized_keys, ""],
      before: before?.texts.authorized_keys,
      lines: rootKeys.map((key) => key.trim()),
    },
    {
      path: "/root/.ssh/known_hosts",
      now: [...now.texts.known_hosts, ""],
      before: before?.texts.known_hosts,
      lines: knownHosts,
    },
  ];
  return files.flatMap(({ path, now: lines, before: earlier = [], lines: unwanted }) => {
    const left = withoutAdded(lines, unwanted, earlier);
    return left.length === lines.length ? [] : [{ path, content: left.join("\n") }];
  });
}

const count = (all: readonly string[], line: string): number => all.filter((one) => one === line).length;

/** Lines without those of `unwanted`, the last ones first, down to as many of each as there were before. */
export function withoutAdded(
  lines: readonly string[],
  unwanted: readonly string[],
  before: readonly string[],
): string[] {
  const surplus = new Map(
    [...new Set(unwanted)].map((line) => [line, count(lines, line) - count(before, line)]),
  );
  return lines
    .toReversed()
    .filter((line) => {
      const over = surplus.get(line) ?? 0;
      if (over <= 0) return true;
      surplus.set(line, over - 1);
      return false;
    })
    .toReversed();
}

/** Forwarding first: changing it resets others. */
function changedBack(before: State, now: State): { readonly name: string; readonly value: string }[] {
  return [...before.things.sysctl]
    .filter(([name, value]) => changedSysctls.test(name) && now.things.sysctl.has(name) && value !== "")
    .filter(([name, value]) => now.things.sysctl.get(name) !== value)
    .map(([name, value]) => ({ name, value }))
    .toSorted(
      (one, other) => Number(other.name.endsWith("ip_forward")) - Number(one.name.endsWith("ip_forward")),
    );
}

function filter(
  before: readonly string[] | undefined,
  now: readonly string[],
  { networks }: Traces,
): string | undefined {
  if (before) return restoring(before, now);
  return now.length === 0 ? undefined : without(now, guideChain, networks.pods);
}

export function describePlan(plan: ResetPlan, now: State): string[] {
  const units = new Set(now.things.unit.keys());
  const pods = podsOf(now);
  return [
    ...plan.stop.filter((name) => units.has(name)).map((name) => `stop and disable ${name}`),
    ...plan.containers.map((id) => {
      const name = pods.get(id);
      return `remove container ${id.slice(0, 12)}${name === undefined ? "" : ` (${name})`}`;
    }),
    ...plan.images.map((id) => `remove image ${id.slice(0, 12)}`),
    ...plan.volumes.map((name) => `remove volume ${name}`),
    ...plan.networks.map((name) => `remove Docker's network ${name}`),
    ...plan.links.map((name) => `delete interface ${name}`),
    ...plan.remove.map((path) => `remove ${path}`),
    ...plan.rewrite.map(({ path }) => `remove the guide's lines from ${path}`),
    ...plan.packages.map((name) => `remove package ${name}`),
    ...(plan.enforce ? ["put SELinux in force"] : []),
    ...plan.sysctls.map(({ name, value }) => `set ${name} to ${value}`),
    ...plan.units.map(({ name, enabled, active }) => {
      const state = `${enabled ? "enabled" : "disabled"} and ${active ? "running" : "stopped"}`;
      return `leave ${name} ${state}`;
    }),
    ...plan.undecided.map((what) => `leave ${what}`),
  ];
}
