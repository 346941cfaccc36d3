import { expect, sh, type SuiteMachine } from "../cluster/index.ts";

/**
 * When the kubelet that runs was started, in milliseconds of its machine's clock, of whole seconds. GuideFailure if it has ended
 * meanwhile.
 */
export async function kubeletStarted(node: SuiteMachine): Promise<number> {
  const { MainPID } = await node.unit("kubelet");
  expect(MainPID, `no kubelet runs on ${node.name}: MainPID ${MainPID}`).not.toBe("0");
  const seconds = await node.succeed(sh`echo $(($(date +%s) - $(ps -o etimes= -p ${MainPID})))`);
  return Number(seconds) * 1000;
}

/** Milliseconds between two heartbeats; a kubelet makes the first one when it starts. */
export const period = 10_000;

/**
 * Milliseconds for a heartbeat after those that were read first: two periods from then, and a whole one from now. A kubelet that
 * could not renew its lease tries again a period later, and a host that kept it from that is seen only while somebody waits.
 */
export const timeFor = (readAt: number, now: number): number =>
  Math.max(period + 1000, readAt + 2 * period - now);
