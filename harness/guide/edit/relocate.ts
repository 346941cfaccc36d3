import { createHash } from "node:crypto";
import { UsageError } from "../../errors.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { expandHosts } from "../parse/hosts.ts";

/** Carries the guide's text from the machines it was written for to others, of any number of nodes. */
export type Relocation = {
  /** The machines that the words of an `on=` mean; UsageError for a node that has no successor. */
  readonly hosts: (on: readonly string[]) => MachineSpec[];
  /** A command or a file: each address, and lists of the nodes' addresses with as many as there are. */
  readonly text: (text: string) => string;
  /** What a command prints: also a line for each node where the guide has one for each of its own. */
  readonly output: (text: string) => string;
};

/**
 * The master takes the guide's master's place, the nodes those of the guide's in order. With the guide's own machines
 * nothing changes. UsageError unless there is one master and at least one node.
 */
export function relocation(guide: readonly MachineSpec[], actual: readonly MachineSpec[]): Relocation {
  const [from, to] = [guide, actual].map(byRole);
  if (!from || !to) throw new UsageError("The guide's machines are not known");
  const successors = new Map([
    [from.master.name, to.master],
    ...from.nodes.map(({ name }, index) => [name, to.nodes[index]] as const),
  ]);
  const addresses = new Map(
    guide.map(({ name, address }) => [address, successors.get(name)?.address] as const),
  );
  const single = `(?<![\\d.])(${[...addresses.keys()].map(escape).join("|")})(?!\\d)`;
  const list = from.nodes.map(({ address }) => escape(address)).join("([^\\w]{1,32})");
  const pattern = new RegExp(`(?<![\\d.])${list}(?!\\d)|${single}|${memberId(from.master.address)}`, "g");
  const text = (original: string): string =>
    original.replace(pattern, (found: string, ...groups: (string | undefined)[]) => {
      if (found === memberId(from.master.address)) return memberId(to.master.address);
      const separator = groups[0];
      if (separator !== undefined) return to.nodes.map(({ address }) => address).join(separator);
      return addresses.get(found) ?? missing(`the guide's address ${found}`, actual);
    });
  return {
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
        .flatMap((part) => (typeof part === "string" ? [text(part)] : part.lineFor(to.nodes)))
        .join("\n"),
  };
}

type Roles = { readonly master: MachineSpec; readonly nodes: readonly MachineSpec[] };

function byRole(machines: readonly MachineSpec[]): Roles {
  const [master, ...others] = machines.filter(({ role }) => role === "master");
  const nodes = machines.filter(({ role }) => role === "node");
  if (master && others.length === 0 && nodes.length > 0) return { master, nodes };
  throw new UsageError(
    `The guide needs one master and at least one node, not ${others.length + (master ? 1 : 0)} and ${nodes.length}`,
    { hint: `The machines: ${machines.map(({ name, role }) => `${name} (${role})`).join(", ") || "none"}.` },
  );
}

const escape = (address: string): string => address.replaceAll(".", "\\.");

function missing(what: string, actual: readonly MachineSpec[]): never {
  throw new UsageError(`Nothing takes the place of ${what}`, {
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
      lines[index + offset]?.replaceAll(new RegExp(`(?<![\\d.])${escape(address)}(?!\\d)`, "g"), "\0"),
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

/**
 * The id that etcd 3 gives the guide's only member (etcd, etcdserver/membership/member.go, NewMember): the first eight
 * bytes of the SHA-1 of its peer URL and the cluster token of section 2.4.2, in hexadecimal.
 */
export const memberId = (address: string): string =>
  createHash("sha1").update(`https://${address}:2380etcd-cluster`).digest("hex").slice(0, 16);
