import { type ExecResult, sh } from "../../../harness/cluster.ts";
import { slowness } from "../run.ts";
import { inNetworkOf, type Pod } from "../workload/pod.ts";

/** Seconds in which so many packets as are asked for have to be answered. */
const limit = Math.ceil(4 * slowness);

/** Options of a ping whose packets carry so many bytes and are not taken apart on their way. */
export const inOnePiece = (payload: number): string => `-M do -s ${payload}`;

/** Sends packets from pod to pod until `count` of them are answered, for one may be lost, or its time is over. */
export async function ping(from: Pod, to: Pod, count: number, options = ""): Promise<ExecResult> {
  // That of the machine, for busybox's has no `-M`.
  const command = sh`ping -n -c ${count} -i 0.2 -w ${limit} ${options} ${to.ip}`;
  return from.machine.result(await inNetworkOf(from, command, "machine"), { deadline: 15_000 });
}
