import { z } from "zod";
import { type Cluster, eventually, listOf, oncePer } from "../cluster/index.ts";

/** Of an object: what a controller of its kind writes into it (Kubernetes 1.14 to 1.20). */
const written = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      hard: z.record(z.string(), z.string()).optional(),
    })
    .prefault({}),
});

type Written = z.infer<typeof written>;

const name = "asks-for-nothing";
const nobody = { matchLabels: { app: name } };
const template = {
  metadata: { labels: nobody.matchLabels },
  spec: { restartPolicy: "Always", containers: [{ name: "none", image: "guide-workload:1" }] },
};
const isObserved = ({ status }: Written): boolean => (status.observedGeneration ?? 0) > 0;

/** An object that needs no pod, by whose controller, and whether that has acted on it. */
type Kind = {
  readonly controller: string;
  readonly path: (namespace: string) => string;
  readonly spec: object;
  readonly hasActed: (seen: Written) => boolean;
};

const under =
  (group: string, plural: string) =>
  (namespace: string): string =>
    `${group}/namespaces/${namespace}/${plural}`;

const kinds: readonly Kind[] = [
  {
    controller: "daemonset",
    path: under("/apis/apps/v1", "daemonsets"),
    // No node has this label.
    spec: {
      selector: nobody,
      template: { ...template, spec: { ...template.spec, nodeSelector: { [name]: "none" } } },
    },
    hasActed: isObserved,
  },
  {
    controller: "statefulset",
    path: under("/apis/apps/v1", "statefulsets"),
    spec: { replicas: 0, serviceName: name, selector: nobody, template },
    hasActed: isObserved,
  },
  {
    controller: "replicationcontroller",
    path: under("/api/v1", "replicationcontrollers"),
    spec: { replicas: 0, selector: nobody.matchLabels, template },
    hasActed: isObserved,
  },
  {
    controller: "job",
    path: under("/apis/batch/v1", "jobs"),
    // Of no completions it is complete as soon as its controller looks at it.
    spec: { completions: 0, template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
    hasActed: ({ status }) =>
      status.conditions.some(({ type, status: state }) => type === "Complete" && state === "True"),
  },
  {
    controller: "disruption",
    path: under("/apis/policy/v1beta1", "poddisruptionbudgets"),
    spec: { minAvailable: 1, selector: nobody },
    hasActed: isObserved,
  },
  {
    controller: "resourcequota",
    path: under("/api/v1", "resourcequotas"),
    spec: { hard: { persistentvolumeclaims: "10" } },
    hasActed: ({ status }) => status.hard?.["persistentvolumeclaims"] === "10",
  },
];

/** Whose work is looked at: the controllers of those kinds, that of the claim below, and that of nodes. */
export const controllers = [...kinds.map(({ controller }) => controller), "persistentvolume-binder", "ttl"];

/** The claim that no volume meets, of which the controller says so in an event. */
const claims = under("/api/v1", "persistentvolumeclaims");
const claim = {
  metadata: { name },
  spec: {
    storageClassName: "",
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  },
};

const eventSchema = z.object({ reason: z.string(), source: z.object({ component: z.string().default("") }) });

/** Creates one object of each kind, none of which asks for a pod. */
export const createdOfEachKind = oncePer(async ({ kubectl, workload }: Cluster): Promise<void> => {
  await workload.created();
  const { namespace } = workload;
  await Promise.all([
    ...kinds.map(({ path, spec }) =>
      kubectl.create(z.object({}), path(namespace), { metadata: { name }, spec }),
    ),
    kubectl.create(z.object({}), claims(namespace), claim),
  ]);
});

/** Waits until the controller of each kind has acted on its object; GuideFailure names those that have not. */
export const controllersAct = oncePer(async (cluster: Cluster): Promise<readonly string[]> => {
  const { kubectl, workload, nodes } = cluster;
  await createdOfEachKind(cluster);
  const { namespace } = workload;
  const events = `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.kind%3DPersistentVolumeClaim`;
  const look = async (): Promise<readonly { readonly controller: string; readonly hasActed: boolean }[]> => {
    const [objects, told, withNodes] = await Promise.all([
      Promise.all(
        kinds.map(async ({ controller, path, hasActed }) => ({
          controller,
          hasActed: hasActed(await kubectl.get(written, `${path(namespace)}/${name}`)),
        })),
      ),
      kubectl.get(listOf(eventSchema), events),
      kubectl.get(listOf(written), "/api/v1/nodes"),
    ]);
    const binds = told.items.some(
      ({ reason, source }) =>
        reason === "FailedBinding" && source.component === "persistentvolume-controller",
    );
    const annotated = withNodes.items.filter(
      ({ metadata }) => metadata.annotations["node.alpha.kubernetes.io/ttl"] !== undefined,
    );
    return [
      ...objects,
      { controller: "persistentvolume-binder", hasActed: binds },
      { controller: "ttl", hasActed: annotated.length >= nodes.length },
    ];
  };
  const seen = await eventually(look, {
    describe: "the controller of each kind has acted on its object",
    deadline: 10_000,
    interval: 200,
    until: (all) => all.every(({ hasActed }) => hasActed),
    show: (all) => {
      const idle = all.filter(({ hasActed }) => !hasActed).map(({ controller }) => controller);
      return `these have not: ${idle.join(", ")}`;
    },
  });
  return seen.flatMap(({ controller, hasActed }) => (hasActed ? [controller] : []));
});
