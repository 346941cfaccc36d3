import { createHash } from "node:crypto";
import { UsageError } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import type { Profile } from "../../profile/profile.ts";
import { expandHosts } from "../parse/hosts.ts";

/** Carries the guide's text from the machines it was written for to others, of any number of nodes. */
export type Relocation = {
  /** The machines that take the place of the guide's, with what the guide knows of those. */
  readonly machines: Profile["machines"];
  /** The machines that the words of an `on=` mean; UsageError for a node that has no successor. */
  readonly hosts: (on: readonly string[]) => Profile["machines"];
  /** A command or a file: each address, and lists of the nodes' addresses with as many as there are. */
  readonly text: (text: string) => string;
  /**
   * What a command prints: also a line for each node where the guide has one for each of its own, and lines of etcd's members in
   * the order of their ids.
   */
  readonly output: (text: string) => string;
};

/**
 * The master takes the guide's master's place, the nodes those of the guide's in order. With the guide's own machines
 * nothing changes. UsageError unless there is one master and at least one node.
 */
export function relocation(profile: Facts, layout: readonly MachineSpec[]): Relocation {
  const { machines: guide } = profile;
  const [from, there] = [byRole(guide), byRole(layout)];
  const predecessors = new Map<MachineSpec, Machine | undefined>([
    [there.master, from.master],
    ...there.nodes.map((node, index) => [node, from.nodes[index]] as const),
  ]);
  // What the guide knows of a machine holds for the one in its place.
  const actual = layout.map((machine): Machine => {
    const { etcd = false, values = {} } = predecessors.get(machine) ?? {};
    return { ...machine, etcd, values };
  });
  const to = byRole(actual);
  const successors = new Map([
    [from.master.name, to.master],
    ...from.nodes.map(({ name }, index) => [name, to.nodes[index]] as const),
  ]);
  const moves = new Map<string, string | undefined>();
  for (const { name, address, etcd } of guide) {
    const successor = successors.get(name)?.address;
    moves.set(address, successor);
    if (etcd) moves.set(memberId(profile, address), successor && memberId(profile, successor));
  }
  const ids = guide.flatMap(({ etcd, address }) => (etcd ? [memberId(profile, address)] : []));
  const memberOf = (line: string): string | undefined => ids.find((id) => line.includes(id));
  const single = `(?<![\\d.])(${[...moves.keys()].map((address) => RegExp.escape(address)).join("|")})(?!\\d)`;
  const list = from.nodes.map(({ address }) => RegExp.escape(address)).join("([^\\w]{1,32})");
  const pattern = new RegExp(`(?<![\\d.])${list}(?!\\d)|${single}`, "g");
  const text = (original: string): string =>
    original.replace(pattern, (found: string, ...groups: (string | undefined)[]) => {
      const separator = groups[0];
      if (separator !== undefined) return to.nodes.map(({ address }) => address).join(separator);
      return moves.get(found) ?? missing(`the guide's ${found}`, actual);
    });
  return {
    machines: actual,
    hosts: (on) => {
      // A group means all of the actual machines, a name its successor.
      const groups = on.filter((word) => !successors.has(word));
      const named = on.flatMap((word) =>
        successors.has(word) ? [successors.get(word) ?? missing(`the guide's ${word}`, actual)] : [],
      );
      const chosen = new Set([...named, ...expandHosts(groups, actual)]);
      return actual.filter((machine) => chosen.has(machine));
    },
    text,
    output: (original) =>
      perNode(original.split("\n"), from.nodes)
        .flatMap((part) => {
          if (typeof part !== "string") return part.lineFor(to.nodes).map((line) => ({ line }));
          const id = memberOf(part);
          return [{ line: text(part), ...(id !== undefined && { id, moved: moves.get(id) ?? id }) }];
        })
        .reduce(listed, [])
        .map(({ line }) => line)
        .join("\n"),
  };
}

/** The machines of a cluster that are members of etcd, as the guide's machines are whose places they take. */
export const etcdMembers = (profile: Facts, layout: readonly MachineSpec[]): Profile["machines"] =>
  relocation(profile, layout).machines.filter(({ etcd }) => etcd);

type Machine = Profile["machines"][number];

/** A line of what a command prints; of a member of etcd, with the id that it has in the guide's text, and the one it gets. */
type Line = { readonly line: string; readonly id?: string; readonly moved?: string };

/** Adds a line to others: where the guide's lines before it are of members with lower ids, at its new id's place among them. */
function listed(lines: readonly Line[], next: Line): Line[] {
  const { id, moved } = next;
  if (id === undefined || moved === undefined) return [...lines, next];
  const begin = lines.findLastIndex((one) => one.id === undefined || byMemberId(one.id, id) >= 0) + 1;
  const place = lines.findIndex((one, index) => index >= begin && byMemberId(one.moved ?? "0", moved) > 0);
  return lines.toSpliced(place < 0 ? lines.length : place, 0, next);
}

/** What of a profile says where a guide's machines are. */
type Facts = Pick<Profile, "machines" | "ports" | "etcd">;

function byRole<M extends MachineSpec>(
  machines: readonly M[],
): { readonly master: M; readonly nodes: readonly M[] } {
  const [master, ...others] = machines.filter(({ role }) => role === "master");
  const nodes = machines.filter(({ role }) => role === "node");
  if (master && others.length === 0 && nodes.length > 0) return { master, nodes };
  throw new UsageError(
    `The guide needs one master and at least one node, not ${others.length + (master ? 1 : 0)} and ${nodes.length}`,
    { hint: `The machines: ${machines.map(({ name, role }) => `${name} (${role})`).join(", ") || "none"}.` },
  );
}

function missing(what: string, actual: readonly MachineSpec[]): never {
  throw new UsageError(`No machine of the run corresponds to ${what}`, {
    hint: `The machines: ${actual.map(({ name }) => name).join(", ")}.`,
  });
}

/** Lines that say the same of each node, as a table or a list does. */
type LineForEach = { readonly lineFor: (nodes: readonly MachineSpec[]) => string[] };

/** Groups as many consecutive lines as there are nodes if they differ in nothing but the nodes' addresses. */
function perNode(lines: readonly string[], nodes: readonly MachineSpec[]): (string | LineForEach)[] {
  const parts: (string | LineForEach)[] = [];
  for (let index = 0; index < lines.length; index++) {
    const [template, ...rest] = nodes.map(({ address }, offset) =>
      lines[index + offset]?.replaceAll(new RegExp(`(?<![\\d.])${RegExp.escape(address)}(?!\\d)`, "g"), "\0"),
    );
    const alike = template !== undefined && template !== "" && rest.every((line) => line === template);
    if (nodes.length < 2 || !alike) {
      parts.push(lines[index] ?? "");
      continue;
    }
    // Kubernetes lists objects in the order of their names.
    parts.push({
      lineFor: (actual) =>
        actual
          .map(({ address }) => address)
          .toSorted()
          .map((address) => template.replaceAll("\0", address)),
    });
    index += nodes.length - 1;
  }
  return parts;
}

/** The id of the member at an address, in the cluster of a profile. */
export const memberId = ({ ports, etcd }: Pick<Profile, "ports" | "etcd">, address: string): string =>
  idOf(`https://${address}:${ports.etcdPeers}`, etcd.token);

/**
 * The id that etcd 3 gives a member of a new cluster (etcd, etcdserver/membership/member.go, NewMember): the first eight
 * bytes of the SHA-1 of its peer URL and the cluster's token, as a number in hexadecimal, without zeros in front.
 */
export const idOf = (peerUrl: string, token: string): string =>
  createHash("sha1")
    .update(peerUrl + token)
    .digest("hex")
    .slice(0, 16)
    .replace(/^0+/, "");

/** The order in which etcd lists its members. */
export const byMemberId = (one: string, other: string): number =>
  one.length - other.length || (one < other ? -1 : Number(one > other));
