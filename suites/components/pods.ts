import { z } from "zod";
import { type Cluster, eventually } from "../cluster/index.ts";

const podSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), reason: z.string().optional() })).default([]),
    containerStatuses: z
      .array(
        z.object({
          containerID: z.string().optional(),
          restartCount: z.number(),
          state: z.object({ running: z.unknown().optional() }),
        }),
      )
      .optional(),
  }),
});

/** A pod of one container. */
export type OwnPod = Awaited<ReturnType<typeof podOf>>;

const pathOf = ({ workload }: Cluster): string => `/api/v1/namespaces/${workload.namespace}/pods`;

/** Creates a pod of one container in the namespace of the suites' pods, which it goes with. */
export async function createPod(cluster: Cluster, name: string, spec: object): Promise<void> {
  await cluster.workload.ready();
  await cluster.kubectl.create(z.object({}), pathOf(cluster), {
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [{ name: "own", image: "guide-workload:1", imagePullPolicy: "IfNotPresent" }],
      ...spec,
    },
  });
}

/** A pod as the API has it now. */
export async function podOf(cluster: Cluster, name: string) {
  const { metadata, spec, status } = await cluster.kubectl.get(podSchema, `${pathOf(cluster)}/${name}`);
  const [own] = status.containerStatuses ?? [];
  return {
    uid: metadata.uid,
    phase: status.phase,
    node: spec.nodeName,
    ip: status.podIP,
    /** Docker's id of its container, and how often the kubelet has started it again. */
    container: own?.containerID?.replace("docker://", ""),
    restarts: own?.restartCount ?? 0,
    isRunning: status.phase === "Running" && own?.state.running !== undefined,
    /** Whether the scheduler has found no node for it. */
    isUnschedulable: status.conditions.some(
      ({ type, reason }) => type === "PodScheduled" && reason === "Unschedulable",
    ),
  };
}

export const runningPod = (
  cluster: Cluster,
  name: string,
  limits: { readonly deadline: number; readonly interval: number } = { deadline: 20_000, interval: 250 },
): Promise<OwnPod> =>
  eventually(() => podOf(cluster, name), {
    ...limits,
    describe: `the pod ${name} runs`,
    until: ({ isRunning }) => isRunning,
    show: inWords,
  });

export const inWords = ({ phase, node = "no node", restarts, isRunning }: OwnPod): string =>
  `it is ${phase} on ${node}, its container ${isRunning ? "runs" : "does not run"} and was started again ${restarts} times`;

/**
 * Gives the scheduler a pod that fits no node, and waits until it has said so: by then it has seen whatever was created before.
 */
export async function schedulerHasPassed(cluster: Cluster, name: string): Promise<void> {
  await createPod(cluster, name, { nodeSelector: { [name]: "none" } });
  await eventually(() => podOf(cluster, name), {
    describe: `the scheduler has found no node for the pod ${name}, which fits none`,
    deadline: 10_000,
    interval: 50,
    until: ({ isUnschedulable }) => isUnschedulable,
    show: inWords,
  });
}
