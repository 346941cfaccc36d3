import { z } from "zod";
import type { Cluster, Watch } from "../cluster/index.ts";

/** What the suite reads of objects of all four kinds. */
const objectSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.coerce.number(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().optional() })).default([]),
  }),
  spec: z.object({ nodeName: z.string().optional(), replicas: z.number().optional() }).optional(),
  status: z
    .object({
      phase: z.string().optional(),
      /** Of Deployments. */
      observedGeneration: z.number().optional(),
      replicas: z.number().optional(),
      updatedReplicas: z.number().optional(),
      availableReplicas: z.number().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .optional(),
  /** Of events. */
  reason: z.string().optional(),
  message: z.string().optional(),
  source: z.object({ component: z.string().optional(), host: z.string().optional() }).optional(),
  reportingComponent: z.string().optional(),
  involvedObject: z.object({ name: z.string() }).optional(),
});

export type Kind = "Deployment" | "ReplicaSet" | "Pod" | "Event";

/** A change of an object of the suite's own, as the apiserver's watches told it; `at` by `performance.now`. */
export type WatchEvent = {
  readonly at: number;
  readonly kind: Kind;
  readonly type: string;
  readonly object: z.infer<typeof objectSchema>;
};

/** Watches that go on until `end`; `told` is what they have told of the Deployment `name` and what came of it, by revision. */
export type Timeline = { readonly told: () => WatchEvent[]; readonly end: () => void };

/** Begins to watch Deployments, ReplicaSets, pods and events from now on. */
export async function followed({ kubectl, workload }: Cluster, name: string): Promise<Timeline> {
  const [core, apps] = ["/api/v1", "/apis/apps/v1"].map(
    (group) => `${group}/namespaces/${workload.namespace}`,
  );
  const paths: Readonly<Record<Kind, string>> = {
    Deployment: `${apps}/deployments`,
    ReplicaSet: `${apps}/replicasets`,
    Pod: `${core}/pods`,
    Event: `${core}/events`,
  };
  const list = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
  const now = (await kubectl.get(list, paths.Deployment)).metadata.resourceVersion;
  const watches = await Promise.all(
    (["Deployment", "ReplicaSet", "Pod", "Event"] as const).map(
      async (kind) => [kind, await kubectl.watch(objectSchema, paths[kind], now)] as const,
    ),
  );
  return {
    told: () => watches.flatMap(([kind, watch]) => ownChanges(kind, watch, name)).toSorted(byRevision),
    end() {
      for (const [, watch] of watches) watch.end();
    },
  };
}

/** Of objects named after the Deployment: `rollout`, `rollout-…`, and of their events `rollout.…`. */
const ownChanges = (kind: Kind, watch: Watch<z.infer<typeof objectSchema>>, name: string): WatchEvent[] =>
  watch
    .changes()
    .filter(({ object }) => new RegExp(`^${name}(?:[-.]|$)`).test(object.metadata.name))
    .map(({ at, type, object }) => ({ at, kind, type, object }));

const byRevision = (one: WatchEvent, other: WatchEvent): number =>
  one.object.metadata.resourceVersion - other.object.metadata.resourceVersion;
