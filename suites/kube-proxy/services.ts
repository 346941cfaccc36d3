import { z } from "zod";
import {
  eventually,
  inNetworkOf,
  oncePer,
  slowness,
  type Cluster,
  type Pod,
  type Service,
  type Services,
  type SuiteMachine,
  sh,
} from "../cluster/index.ts";
import { serviceRules, type ServiceRules } from "./iptables.ts";

/** The pods and services as they are before a test changes them. */
export type Balanced = {
  readonly pods: readonly Pod[];
  readonly clients: readonly Pod[];
  readonly services: Services;
};

/**
 * The pods and services, when on both nodes the rules of each service lead to all backends. Found out once, so that no
 * test waits again for what did not come about.
 */
export const balanced = oncePer(async ({ workload, nodes }: Cluster): Promise<Balanced> => {
  await workload.ready();
  const [pods, clients, services] = await Promise.all([
    workload.pods("backend"),
    workload.pods("client"),
    workload.services(),
  ]);
  await Promise.all(nodes.map((node) => rulesLeadTo(node, Object.values(services), pods)));
  return { pods, clients, services };
});

/**
 * The node ports that lead to the backends of the node that is asked, and the backends of now, for other tests delete some, once
 * the rules on all nodes lead to them: those of other services may be there earlier.
 */
export async function keptLocal({
  workload,
  nodes,
}: Cluster): Promise<{ readonly nodePort: number; readonly pods: readonly Pod[] }> {
  const [local, pods] = await Promise.all([workload.service("backend-local"), workload.pods("backend")]);
  await Promise.all(nodes.map((node) => rulesLeadTo(node, [local], pods)));
  return { nodePort: local.nodePort, pods };
}

const apiserverSchema = z.object({
  spec: z.object({ clusterIP: z.string(), ports: z.tuple([z.object({ port: z.number() })]) }),
});

/** The service `kubernetes`, which leads to the apiserver. */
export async function apiserverService({ kubectl }: Cluster): Promise<Service> {
  const { spec } = await kubectl.get(apiserverSchema, "/api/v1/namespaces/default/services/kubernetes");
  return { ip: spec.clusterIP, port: spec.ports[0].port };
}

/** What a pod gets from the apiserver by that service: the status of its answer, or that there is none. */
export async function apiserverSaysTo(pod: Pod, { ip, port }: Service): Promise<string> {
  const url = `https://${ip}:${port}/version`;
  const curl = sh`curl -sk -o /dev/null -w '%{http_code}' --connect-timeout ${2 * slowness} --max-time ${5 * slowness} ${url}`;
  const { stdout, exitCode } = await pod.machine.run(await inNetworkOf(pod, curl, "machine"));
  // curl writes 000 where nobody answers.
  return exitCode === 0 ? stdout.trim() : `nothing, curl's exit code ${exitCode}`;
}

/** Whether that is an answer; which one is up to who asks. */
export const isAnswer = (said: string): boolean => /^[2-4]\d\d$/.test(said);

/** Waits until a node's iptables rules for some services lead to these pods and no others. */
export async function rulesLeadTo(
  node: SuiteMachine,
  services: readonly Service[],
  pods: readonly Pod[],
): Promise<void> {
  const wanted = pods
    .map(({ ip }) => `${ip}:8080`)
    .toSorted()
    .join(", ");
  await rulesDo(node, services, `lead to ${wanted}`, (found) => endpointsIn(found) === wanted);
}

/** Waits until a node's iptables rules for some services do not lead to a pod any more. */
export async function rulesLeaveOut(
  node: SuiteMachine,
  services: readonly Service[],
  { ip, name }: Pod,
): Promise<void> {
  await rulesDo(
    node,
    services,
    `do not lead to ${name} at ${ip}`,
    (found) => found !== undefined && !endpointsIn(found).includes(`${ip}:`),
  );
}

/** Waits until a node's iptables rules for each of some services are as wanted. */
const rulesDo = (
  node: SuiteMachine,
  services: readonly Service[],
  what: string,
  isWanted: (rules: ServiceRules | undefined) => boolean,
): Promise<unknown> =>
  eventually(() => rulesOf(node, services), {
    describe: `the iptables rules of ${node.name} ${what}`,
    deadline: 15_000,
    until: (all) => all.every(isWanted),
    show: (all) => all.map((found, index) => `${services[index]?.ip} to ${endpointsIn(found)}`).join("; "),
  });

/** A node's rules for some services, in their order. */
export async function rulesOf(
  node: SuiteMachine,
  services: readonly Service[],
): Promise<(ServiceRules | undefined)[]> {
  const save = await node.succeed(sh`iptables-save -t nat`);
  return services.map(({ ip, port }) => serviceRules(save, ip, port));
}

const endpointsIn = (rules: ServiceRules | undefined): string =>
  rules === undefined
    ? "nothing: there are no rules"
    : rules.endpoints
        .map(({ address }) => address)
        .toSorted()
        .join(", ");
