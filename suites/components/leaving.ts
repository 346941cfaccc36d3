import { z } from "zod";
import { type Cluster, eventually, oncePer, ownLabel } from "../cluster/index.ts";

/** Where the API has claims. */
export const claims = (namespace: string): string => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;

/** What a claim asks for. */
export const storage = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

/** An object that is deleted, and which its controller must let go: it holds on to it by a finalizer. */
type Leaving = {
  readonly controller: string;
  readonly what: string;
  readonly path: (namespace: string) => string;
  readonly finalizer: string;
  readonly labels?: object;
  readonly spec?: object;
};

/** A namespace, a claim and a volume, which nobody uses. */
export const leaving: readonly Leaving[] = [
  {
    controller: "namespace",
    what: "namespace",
    path: () => "/api/v1/namespaces",
    finalizer: "kubernetes",
    // Should this run be cut short, the next one deletes it.
    labels: { [ownLabel.key]: ownLabel.value },
  },
  {
    controller: "pvc-protection",
    what: "claim",
    path: claims,
    finalizer: "kubernetes.io/pvc-protection",
    spec: { storageClassName: "", ...storage },
  },
  {
    controller: "pv-protection",
    what: "volume",
    path: () => "/api/v1/persistentvolumes",
    finalizer: "kubernetes.io/pv-protection",
    // No claim asks for this class.
    spec: {
      storageClassName: "of-nobody",
      accessModes: storage.accessModes,
      capacity: { storage: "1Gi" },
      hostPath: { path: "/var/empty" },
    },
  },
];

const held = z.object({
  metadata: z.object({ finalizers: z.array(z.string()).default([]) }),
  spec: z.object({ finalizers: z.array(z.string()).default([]) }).prefault({}),
});

/** Creates each of those that are to go, and deletes it once it has its finalizer: without that it would go by itself. */
export const deletedOfEachKind = oncePer(async ({ kubectl, workload }: Cluster): Promise<void> => {
  await workload.created();
  const { namespace } = workload;
  await Promise.all(
    leaving.map(async ({ controller, what, path, finalizer, labels, spec = {} }) => {
      const parent = path(namespace);
      const own = leavingName(namespace);
      await kubectl.create(z.object({}), parent, { metadata: { name: own, labels }, spec });
      await eventually(() => kubectl.get(held, `${parent}/${own}`), {
        describe: `the ${what} ${own} has the finalizer ${finalizer}, which ${controller} takes off`,
        deadline: 10_000,
        until: (seen) => [...seen.metadata.finalizers, ...seen.spec.finalizers].includes(finalizer),
      });
      await kubectl.delete(`${parent}/${own}`);
    }),
  );
});

/** What each of them is called, by the namespace of the suites' pods. */
export const leavingName = (namespace: string): string => `${namespace}-deleted`;
