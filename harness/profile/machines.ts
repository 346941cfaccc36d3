import ipaddr from "ipaddr.js";
import { UsageError } from "../errors.ts";
import type { MachineSpec, Profile } from "./schema.ts";

/** The most nodes that a provider is asked to make. */
export const mostNodes = 50;

/** How many of some machines are nodes. */
export const nodesOf = (machines: readonly MachineSpec[]): number =>
  machines.filter(({ role }) => role === "node").length;

/** The guide's machines with that many nodes, further ones after its last. UsageError for a number that cannot be. */
export function machinesWith(
  { machines }: Pick<Profile, "machines">,
  nodes = nodesOf(machines),
): MachineSpec[] {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > mostNodes) {
    throw new UsageError(`A cluster cannot have ${nodes} nodes`, { hint: `Ask for 1 to ${mostNodes}.` });
  }
  const own = machines.filter(({ role }) => role === "node");
  const known = [...machines.filter(({ role }) => role === "master"), ...own.slice(0, nodes)];
  const further = Array.from({ length: Math.max(0, nodes - own.length) }, (_, index) =>
    after(own.at(-1), index + 1),
  );
  const all = [...known, ...further].map(({ name, address, role }) => ({ name, address, role }));
  const addresses = new Set(all.map(({ address }) => address));
  if (addresses.size === all.length && [...addresses].every(isHost)) return all;
  throw new UsageError(`There is no room for ${nodes} nodes after ${own.at(-1)?.address}`, {
    hint: "Ask for fewer, or give the guide's last node the highest address.",
  });
}

const isHost = (address: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(address) && !address.endsWith(".255");

function after(last: MachineSpec | undefined, by: number): MachineSpec {
  const { name = "", address = "" } = last ?? {};
  const [, stem = name, number = ""] = /^(.*?)(\d+)$/.exec(name) ?? [];
  return {
    name: number ? `${stem}${Number(number) + by}` : `${name}-${by + 1}`,
    address: address.replace(/\d+$/, (octet) => String(Number(octet) + by)),
    role: "node",
  };
}
