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
