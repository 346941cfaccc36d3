import { z } from "zod";
import { type Kubectl, listOf } from "./kubectl.ts";

/** When each node last said that it lives, by node name. */
export type Heartbeats = {
  readonly renewed: ReadonlyMap<string, Date>;
  /** When that was read, in milliseconds of `performance.now`. */
  readonly readAt: number;
};

const lease = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ renewTime: z.iso.datetime({ offset: true }) }),
});

/** The nodes' leases (coordination.k8s.io/v1, kube-node-lease), which a kubelet renews every 10 s since 1.14. */
export async function readHeartbeats(kubectl: Kubectl): Promise<Heartbeats> {
  const readAt = performance.now();
  const { items } = await kubectl.get(
    listOf(lease),
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
  );
  const renewed = new Map(items.map(({ metadata, spec }) => [metadata.name, new Date(spec.renewTime)]));
  return { renewed, readAt };
}
