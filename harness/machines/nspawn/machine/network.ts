import { writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import type { MachineSpec } from "../../machine.ts";
import { InfrastructureError } from "../../../errors.ts";
import { host } from "../../../host/exec.ts";
import { type NamespaceAnchor, inside, seenBy } from "../host/namespace-anchor.ts";
import type { ClusterNames, Bridge, MachineNames } from "../../names.ts";

const bridge = "fabric";

/** Name of a machine's interface in the cluster's network. */
export const machineInterface = "eth0";

/** `ip` in a network namespace that is bound to a file of the holder's mount namespace. */
const ip = (
  holder: NamespaceAnchor,
  namespace: string,
  args: readonly string[],
  context: Context,
): Promise<string> => host("nsenter", [`--net=${seenBy(holder, namespace)}`, "--", "ip", ...args], context);

/** Makes a network namespace and runs `ip` commands in it. */
async function createNamespace(
  holder: NamespaceAnchor,
  file: string,
  commands: readonly string[],
  context: Context,
): Promise<void> {
  await writeFile(seenBy(holder, file), "");
  await inside(holder, "unshare", [`--net=${file}`, "ip", "-batch", "-"], context, {
    input: commands.join("\n"),
  });
}

/**
 * The network that all machines are cabled into: a bridge that also is their gateway. It forwards, to nowhere:
 * what a machine sends elsewhere is answered "unreachable", as a router would, and not left to time out
 * (the kubelet asks for cloud metadata when it starts).
 */
export async function createBridge(
  holder: NamespaceAnchor,
  { fabric }: ClusterNames,
  network: Bridge,
  context: Context,
): Promise<void> {
  const commands = [
    "link set lo up",
    `link add ${bridge} type bridge`,
    `address add ${network.gateway}/${network.prefixLength} dev ${bridge}`,
    `link set ${bridge} up`,
    "route add unreachable default",
  ];
  await createNamespace(holder, fabric, commands, context);
  const forwarding = ["tee", "/proc/sys/net/ipv4/ip_forward"];
  await host("nsenter", [`--net=${seenBy(holder, fabric)}`, "--", ...forwarding], context, { input: "1" });
}

/** A locally administered MAC address made of the IPv4 address, so that a reboot does not change it. */
export const macOf = (address: string): string =>
  ["02", "00", ...address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");

/** A machine's network as a boot finds it: one interface, one default route, nothing else. */
export async function createMachineNetwork(
  holder: NamespaceAnchor,
  { fabric }: ClusterNames,
  { network, port }: MachineNames,
  { address }: MachineSpec,
  { gateway, prefixLength }: Bridge,
  context: Context,
): Promise<void> {
  const commands = [
    "link set lo up",
    `link add ${machineInterface} address ${macOf(address)} type veth peer name ${port} netns ${fabric}`,
    `address add ${address}/${prefixLength} dev ${machineInterface}`,
    `link set ${machineInterface} up`,
    `route add default via ${gateway}`,
  ];
  await createNamespace(holder, network, commands, context);
  await ip(holder, fabric, ["link", "set", port, "master", bridge, "up"], context);
}

/** Takes away all that a machine that is off leaves in its network: bridges, tunnels, firewall rules. */
export async function removeMachineNetwork(
  holder: NamespaceAnchor,
  { fabric }: ClusterNames,
  { network, port }: MachineNames,
  context: Context,
): Promise<void> {
  await ip(holder, fabric, ["link", "delete", port], context);
  await inside(holder, "umount", [network], context);
}

/** Pulls or plugs the machine's cable at the fabric's end. */
export async function setLink(
  holder: NamespaceAnchor,
  { fabric }: ClusterNames,
  { port }: MachineNames,
  state: "up" | "down",
  context: Context,
): Promise<void> {
  await ip(holder, fabric, ["link", "set", port, state], context);
}

const linkSchema = z.tuple([z.object({ flags: z.array(z.string()) })]);

/** Whether the machine's cable is plugged in. */
export async function isLinked(
  holder: NamespaceAnchor,
  { fabric }: ClusterNames,
  { port, machine }: MachineNames,
  context: Context,
): Promise<boolean> {
  const shown = await ip(holder, fabric, ["-json", "link", "show", "dev", port], context);
  const parsed = linkSchema.safeParse(JSON.parse(shown));
  if (parsed.success) return parsed.data[0].flags.includes("UP");
  throw new InfrastructureError(`${machine}: the state of its cable cannot be read`, {
    machine,
    cause: parsed.error,
  });
}
