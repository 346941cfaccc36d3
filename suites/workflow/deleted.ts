import { z } from "zod";
import { appsPath, type Cluster, eventually, listOf, oncePer, sh } from "../cluster/index.ts";
import { containersOf } from "./docker.ts";
import { created, name, rolledOut } from "./rollout.ts";

/**
 * Deletes the Deployment and its service, and waits until nothing of them is left in etcd, but for pods that are marked to be
 * deleted, and in iptables. `containers` are waited for on their own: their kubelets need nobody for them any more.
 */
export const deleted = oncePer(async (cluster: Cluster) => {
  const { kubectl, workload, etcd, nodes } = cluster;
  const { timeline } = await created(cluster);
  // Whatever became of the rollout, what there is has to go.
  await rolledOut(cluster).catch(() => undefined);
  timeline.end();
  const own = `/${workload.namespace}/${name}`;
  const saved = (): Promise<string[]> => Promise.all(nodes.map((node) => node.succeed(sh`iptables-save`)));
  const names = nodes.map((node) => node.name);
  const rules = async (): Promise<string[]> => nodesWithRules(names, await saved(), own.slice(1));
  await leadToPods(cluster);
  const before = {
    rules: await eventually(async () => nodesWithRules(names, (await saved()).map(accepting), own.slice(1)), {
      describe: `each node has rules that lead from the service ${name} to its pod`,
      deadline: 15_000,
      until: (found) => found.length === nodes.length,
      show: (found) => `${found.join(" and ") || "none"} has`,
    }),
    containers: (await containersOf(cluster, name)).length,
  };
  await kubectl.delete(`${appsPath(cluster, "deployments")}/${name}`);
  await kubectl.delete(servicePath(cluster));
  const keys = async (): Promise<string[]> => {
    const marked = await markedPods(cluster);
    return (
      (await etcd.keys("/registry/"))
        .map(({ key }) => key)
        // What happened to them is kept for an hour.
        .filter((key) => key.includes(own) && !key.startsWith("/registry/events/"))
        .filter((key) => !marked.some((pod) => key === `/registry/pods/${workload.namespace}/${pod}`))
    );
  };
  await Promise.all([gone("etcd", keys), gone("iptables", rules)]);
  // The kubelet keeps a sandbox that has ended for up to a minute.
  const containers = gone("Docker", async () =>
    (await containersOf(cluster, name)).filter((line) => !/ k8s_POD_\S+ Exited/.test(line)),
  );
  // Whoever waits for them is told.
  containers.catch(() => undefined);
  return { ...before, gone: { containers } };
});

/** Waits until nothing of them is left in a place. */
const gone = (where: string, look: () => Promise<string[]>): Promise<string[]> =>
  eventually(look, {
    describe: `nothing of the deleted Deployment ${name} and its service is left in ${where}`,
    deadline: 30_000,
    // It takes seconds, and other suites look meanwhile.
    interval: 500,
    until: (left) => left.length === 0,
    show: (left) => left.join("; "),
  });

/** Rules without those that turn a service down which has nobody behind it. */
export const accepting = (saved: string): string =>
  saved
    .split("\n")
    .filter((line) => !line.includes(" -j REJECT"))
    .join("\n");

const servicePath = ({ workload }: Cluster): string =>
  `/api/v1/namespaces/${workload.namespace}/services/${name}`;

const serviceSchema = z.looseObject({ spec: z.looseObject({}) });

/**
 * Lets the service lead to the Deployment's pods. It has no selector before that: each pod that comes or goes behind a service makes
 * kube-proxy of every node write all of its rules.
 */
async function leadToPods(cluster: Cluster): Promise<void> {
  const { kubectl } = cluster;
  const path = servicePath(cluster);
  const service = await kubectl.get(serviceSchema, path);
  const spec = { ...service.spec, selector: { app: name } };
  await kubectl.replace(z.object({}), path, { ...service, spec });
}

/** Nodes with a rule for a service, by what iptables-save prints on each. */
export const nodesWithRules = (
  names: readonly string[],
  saved: readonly string[],
  service: string,
): string[] =>
  names.filter((_, index) => (saved[index] ?? "").split("\n").some((line) => line.includes(service)));

const markedSchema = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
});

/** Its pods that are deleted: their kubelet takes them out of etcd in its round of 10 s, when their containers are gone. */
async function markedPods({ kubectl, workload }: Cluster): Promise<string[]> {
  const path = `/api/v1/namespaces/${workload.namespace}/pods?labelSelector=app%3D${name}`;
  const { items } = await kubectl.get(listOf(markedSchema), path);
  return items.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [metadata.name] : []));
}
