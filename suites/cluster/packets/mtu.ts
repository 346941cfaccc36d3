import { sh } from "../../../harness/cluster.ts";
import type { SuiteMachine } from "../machine.ts";
import { headers } from "./capture.ts";

/** What vxlan takes of each packet, in bytes: outer IPv4 20, UDP 8, vxlan 8, inner Ethernet 14. */
const vxlan = 50;

/** What a node's tunnel has room for: the MTU of the device that has the node's address, less the headers of vxlan. */
export async function tunnelMtu(node: SuiteMachine): Promise<number> {
  const { address } = node;
  const size = await node.succeed(
    sh`cat "/sys/class/net/$(ip -o -4 addr show to ${address} | awk '{ sub("@.*", "", $2); print $2; exit }')/mtu"`,
  );
  return Number(size) - vxlan;
}

/** What a ping can carry through a node's tunnel in one piece, in bytes. */
export const largestPayload = async (node: SuiteMachine): Promise<number> =>
  (await tunnelMtu(node)) - headers;
