import { z } from "zod";

/** What of a Deployment says how many of its pods run. */
export const deploymentSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ replicas: z.number() }),
  status: z.object({ availableReplicas: z.number().default(0) }),
});

/** What of a pod says how far it is. */
type LatePod = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string | undefined };
  readonly status: {
    readonly phase: string;
    readonly conditions?:
      | readonly { readonly type: string; readonly message?: string | undefined }[]
      | undefined;
  };
};

/** What is said of a pod that the scheduler has bound to no node, and has not said why. */
export const isUnscheduled = "kube-scheduler has said nothing of it";

/** Whether all pods of all Deployments run, of which there has to be one. */
export const allRun = (deployments: readonly z.infer<typeof deploymentSchema>[]): boolean =>
  deployments.length > 0 &&
  deployments.every(({ spec, status }) => status.availableReplicas === spec.replicas);

/** How far they are, in words: a pod that was bound to a node is further, though no more of them run. */
export function progressOf(
  deployments: readonly z.infer<typeof deploymentSchema>[],
  pods: readonly LatePod[],
): string {
  const counts = deployments.map(
    ({ metadata, spec, status }) => `${status.availableReplicas} of ${spec.replicas} of ${metadata.name}`,
  );
  const late = pods
    .filter(({ status }) => status.phase !== "Running")
    .map((pod) => `${pod.metadata.name} is ${pod.status.phase} on ${placeOf(pod)}`);
  return [...counts, ...late.toSorted()].join(", ");
}

function placeOf({ spec, status: { conditions = [] } }: LatePod): string {
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  return spec.nodeName ?? `no node: ${scheduled?.message ?? isUnscheduled}`;
}
