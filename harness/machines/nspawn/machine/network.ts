import { writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Context } from "../../../context.ts";
import { InfrastructureError } from "../../../errors.ts";
import { host } from "../../../host/exec.ts";
import { type NamespaceAnchor, inside, seenBy } from "../host/namespace-anchor.ts";
import { type ClusterNames, clusterNames, type MachineNames, machineNames } from "../../names.ts";

const bridgeInterface = "br0";

const machineInterface = "eth0";

async function createNamespace(
  anchor: NamespaceAnchor,
  file: string,
  commands: readonly string[],
  context: Context,
): Promise<void> {
  await writeFile(seenBy(anchor, file), "");
  await inside(anchor, "unshare", [`--net=${file}`, "ip", "-batch", "-"], context, {
    input: commands.join("\n"),
  });
}

/**
 * The network that all machines are cabled into: a bridge that also is their gateway. It forwards, to nowhere:
 * what a machine sends elsewhere is answered "unreachable", as a router would, and not left to time out
 * (the kubelet asks for cloud metadata when it starts).
 */
export async function createBridge(
  anchor: NamespaceAnchor,
  { bridge }: ClusterNames,
  gateway: string,
  context: Context,
): Promise<void> {
  const commands = [
    "link set lo up",
    `link add ${bridgeInterface} type bridge`,
    `address add ${gateway}/24 dev ${bridgeInterface}`,
    `link set ${bridgeInterface} up`,
    "route add unreachable default",
  ];
  await createNamespace(anchor, bridge, commands, context);
  const forwarding = ["tee", "/proc/sys/net/ipv4/ip_forward"];
  await host("nsenter", [`--net=${seenBy(anchor, bridge)}`, "--", ...forwarding], context, { input: "1" });
}

/** A locally administered MAC address made of the IPv4 address, so that a reboot does not change it. */
export const macOf = (address: string): string =>
  ["02", "00", ...address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");

/** What a machine has of the cluster's network: one interface, and the cable to the bridge. */
export class MachineNetwork {
  readonly #anchor: NamespaceAnchor;
  readonly #bridge: string;
  readonly #names: MachineNames;

  constructor(cluster: string, machine: string, anchor: NamespaceAnchor) {
    this.#anchor = anchor;
    this.#bridge = clusterNames(cluster).bridge;
    this.#names = machineNames(cluster, machine);
  }

  /** Makes it as a boot finds it: one interface, one default route, nothing else. */
  async create(address: string, gateway: string, context: Context): Promise<void> {
    const { network, port } = this.#names;
    const commands = [
      "link set lo up",
      `link add ${machineInterface} address ${macOf(address)} type veth peer name ${port} netns ${this.#bridge}`,
      `address add ${address}/24 dev ${machineInterface}`,
      `link set ${machineInterface} up`,
      `route add default via ${gateway}`,
    ];
    await createNamespace(this.#anchor, network, commands, context);
    await this.#ip(["link", "set", port, "master", bridgeInterface, "up"], context);
  }

  /** Takes away all that a machine that is off leaves in its network: bridges, tunnels, firewall rules. */
  async remove(context: Context): Promise<void> {
    if (await this.#port(context)) await this.#ip(["link", "delete", this.#names.port], context);
    // Whoever did this before may have been ended in the middle of it.
    const unmount = '! mountpoint -q "$0" || umount "$0"';
    await inside(this.#anchor, "sh", ["-c", unmount, this.#names.network], context);
  }

  /** Pulls or plugs the cable at the bridge's end. */
  async setLink(state: "up" | "down", context: Context): Promise<void> {
    await this.#ip(["link", "set", this.#names.port, state], context);
  }

  /** Whether the cable is plugged in; of a machine without one, it will be. */
  async isLinked(context: Context): Promise<boolean> {
    return (await this.#port(context))?.flags.includes("UP") ?? true;
  }

  /** The cable's end at the bridge; undefined if there is none. */
  async #port(context: Context): Promise<z.infer<typeof linksSchema>[number] | undefined> {
    const { port, machine } = this.#names;
    const shown = await this.#ip(["-json", "link", "show"], context);
    const parsed = linksSchema.safeParse(JSON.parse(shown));
    if (parsed.success) return parsed.data.find(({ ifname }) => ifname === port);
    throw new InfrastructureError(`${machine}: the state of its cable cannot be read`, {
      machine,
      cause: parsed.error,
    });
  }

  #ip(args: readonly string[], context: Context): Promise<string> {
    return host("nsenter", [`--net=${seenBy(this.#anchor, this.#bridge)}`, "--", "ip", ...args], context);
  }
}

const linksSchema = z.array(z.object({ ifname: z.string(), flags: z.array(z.string()) }));
