import { z } from "zod";
import { type Cluster, eventually, listOf, oncePer } from "../cluster/index.ts";
import { claims, deletedOfEachKind, leaving, leavingName, storage } from "./leaving.ts";

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

/** Whose work is looked at: the controllers of those kinds, of the claim and the role below, and of nodes. */
export const controllers = [
  ...[...kinds, ...leaving].map(({ controller }) => controller),
  "clusterrole-aggregation",
  "persistentvolume-binder",
  "ttl",
];

/** A claim that no volume meets, of which the controller says so in an event. */
const claim = { metadata: { name }, spec: { storageClassName: "", ...storage } };

/** A role whose rules its controller takes from other roles: from one that every cluster has. */
const roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const aggregationRule = {
  clusterRoleSelectors: [{ matchLabels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } }],
};
const roleSchema = z.object({ rules: z.array(z.unknown()).nullish() });

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

/** By whose controller, whether it has acted, and what is wrong if it has not, where that is not only that it has not acted. */
type Check = {
  readonly controller: string;
  readonly hasActed: () => Promise<boolean>;
  readonly otherwise?: string;
};

function checksOf({ kubectl, workload: { namespace }, nodes }: Cluster, role: string): readonly Check[] {
  const events = `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.kind%3DPersistentVolumeClaim`;
  const deleted = leavingName(namespace);
  return [
    ...kinds.map(({ controller, path, hasActed }) => ({
      controller,
      hasActed: async () => hasActed(await kubectl.get(written, `${path(namespace)}/${name}`)),
    })),
    ...leaving.map(({ controller, what, path }) => ({
      controller,
      hasActed: async () => {
        const selector = `fieldSelector=metadata.name%3D${deleted}`;
        return (await kubectl.get(listOf(z.object({})), `${path(namespace)}?${selector}`)).items.length === 0;
      },
      otherwise: `the ${what} ${deleted} is deleted and still there`,
    })),
    {
      controller: "clusterrole-aggregation",
      hasActed: async () => ((await kubectl.get(roleSchema, `${roles}/${role}`)).rules ?? []).length > 0,
      otherwise: `the role ${role} has no rules of those that it takes together`,
    },
    {
      controller: "persistentvolume-binder",
      hasActed: async () =>
        (await kubectl.get(listOf(eventSchema), events)).items.some(
          ({ reason, source }) =>
            reason === "FailedBinding" && source.component === "persistentvolume-controller",
        ),
    },
    {
      controller: "ttl",
      hasActed: async () => {
        const annotated = (await kubectl.get(listOf(written), "/api/v1/nodes")).items.filter(
          ({ metadata }) => metadata.annotations["node.alpha.kubernetes.io/ttl"] !== undefined,
        );
        return annotated.length >= nodes.length;
      },
    },
  ];
}

/** Waits until the controller of each kind has acted on its object; GuideFailure names those that have not. */
export const controllersAct = oncePer(async (cluster: Cluster): Promise<readonly string[]> => {
  const { kubectl, workload } = cluster;
  await workload.created();
  const role = `${workload.namespace}-aggregated`;
  try {
    await Promise.all([
      kubectl.create(z.object({}), roles, { metadata: { name: role }, aggregationRule }),
      createdOfEachKind(cluster),
      deletedOfEachKind(cluster),
    ]);
    return await allActed(checksOf(cluster, role));
  } finally {
    await kubectl.delete(`${roles}/${role}`);
  }
});

async function allActed(checks: readonly Check[]): Promise<readonly string[]> {
  const acted = new Set<Check>();
  // Who has acted is not asked for again.
  const look = async (): Promise<readonly Check[]> => {
    const open = checks.filter((check) => !acted.has(check));
    await Promise.all(
      open.map(async (check) => {
        if (await check.hasActed()) acted.add(check);
      }),
    );
    return checks.filter((check) => !acted.has(check));
  };
  await eventually(look, {
    describe: "the controller of each kind has acted on its object",
    // A namespace goes 5 s after it was deleted, at the earliest (Kubernetes 1.14).
    deadline: 20_000,
    interval: 250,
    until: (idle) => idle.length === 0,
    show: (idle) => `these have not: ${idle.map(inWords).join(", ")}`,
  });
  return checks.map(({ controller }) => controller);
}

const inWords = ({ controller, otherwise }: Check): string =>
  otherwise === undefined ? controller : `${controller} (${otherwise})`;
