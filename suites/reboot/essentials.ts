import { z } from "zod";
import {
  type Cluster,
  eventually,
  expect,
  expectAnswered,
  fateOf,
  expectList,
  inOnePiece,
  lacking,
  largestPayload,
  listOf,
  members,
  nodes,
  ping,
  pinged,
  type Pod,
} from "../cluster/index.ts";
import { accountIsTrusted } from "../apiserver/service-accounts.ts";
import { askByUdp, servedByUdp } from "../components/udp.ts";
import { issuedNext } from "../csr/requests.ts";
import { askFromMachine, askFromNetworkOf } from "../kube-proxy/requests.ts";
import { apiserverSaysTo, apiserverService, isAnswer, rulesLeadTo } from "../kube-proxy/services.ts";
import { cordonedNodes } from "../nodes/cordoned.ts";
import { bridgesOf, certificatesOf, requestsOf, type State, subnetsOf } from "./state.ts";

/*
 * What the milestones come to once machines or parts of the cluster were away: each of these fails where something is not as
 * it was before.
 */

/** So many that each of three backends has its turn, but for one time in ten thousand millions. */
const requests = 60;

/** etcd is healthy and has the key that it acknowledged, in both versions of its data; the key is removed. */
export async function etcdKeeps({ etcd }: Cluster, { key, value }: State): Promise<void> {
  const [health, version2, version3] = await Promise.all([
    etcd.v2("cluster-health"),
    etcd.v2(`get ${key}`),
    etcd.v3(`get --print-value-only ${key}`),
  ]);
  expect(health, `etcd says of its health: ${health.trim()}`).toContain("cluster is healthy");
  expectList("values of the key", [version2.trim(), version3.trim()], [value, value]);
  await Promise.all([etcd.v2(`rm ${key}`), etcd.v3(`del ${key}`)]);
}

const componentSchema = z.object({
  metadata: z.object({ name: z.string() }),
  conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().default("") })),
});

/** etcd, scheduler and controller-manager are healthy, as the apiserver has it. */
export async function componentsAreHealthy({ kubectl, master }: Cluster): Promise<void> {
  const parts = ["controller-manager", "scheduler", ...members.map((_, index) => `etcd-${index}`)];
  await eventually(() => kubectl.get(listOf(componentSchema), "/api/v1/componentstatuses"), {
    describe: "all components are healthy",
    deadline: 30_000,
    until: ({ items }) => parts.every((part) => healthOf(items, part) === ""),
    show: ({ items }) =>
      parts
        .flatMap((part) => {
          const machine = members[Number(/^etcd-(\d+)$/.exec(part)?.[1] ?? -1)]?.name ?? master.name;
          const health = healthOf(items, part);
          return health === "" ? [] : [`${part} of ${machine} is ${health}`];
        })
        .join(", "),
  });
}

/** Why a component is not healthy, in words; empty if it is. */
function healthOf(components: readonly z.infer<typeof componentSchema>[], part: string): string {
  const found = components.find(({ metadata }) => metadata.name === part);
  const health = found?.conditions.find(({ type }) => type === "Healthy");
  if (!health) return "not known to the apiserver";
  return health.status === "True" ? "" : `not healthy: ${health.message.trim()}`;
}

/** Milliseconds: a controller-manager waits 15 s for its own earlier self. */
const signsWithin = 30_000;

/**
 * The controller-manager signs what is new: a certificate that is asked for and approved, and the token of a service account. It is
 * healthy without that.
 */
export async function controllerManagerSigns(cluster: Cluster): Promise<void> {
  await issuedNext(cluster, signsWithin);
  await accountIsTrusted(cluster, signsWithin);
}

/** No kubelet has asked for another certificate, and each has the one that it had. */
export async function nothingIsAskedAnew(cluster: Cluster, before: State): Promise<void> {
  const now = await requestsOf(cluster);
  const further = now.filter((request) => !before.requests.includes(request));
  expect(further, `there are further requests: ${further.join(", ")}`).toEqual([]);
  expectList("certificates of the kubelets", await certificatesOf(cluster), before.certificates);
}

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }),
});

export async function readyNodes({ kubectl }: Cluster): Promise<string[]> {
  const { items } = await kubectl.get(listOf(nodeSchema), "/api/v1/nodes");
  return items
    .filter(({ status }) =>
      status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
    )
    .map(({ metadata }) => metadata.name);
}

/** All nodes are Ready, and given pods. */
export async function nodesAreReady(cluster: Cluster): Promise<void> {
  await eventually(() => readyNodes(cluster), {
    describe: "all nodes are Ready",
    deadline: 60_000,
    until: (ready) => nodes.every(({ address }) => ready.includes(address)),
  });
  expectList("nodes that are Ready and cordoned", await cordonedNodes(cluster), []);
}

/** Each node has the subnet that it had, and its Docker has made the same of it. */
export async function subnetsAreKept(cluster: Cluster, before: State): Promise<void> {
  expectList("subnets of the nodes", await subnetsOf(cluster), before.subnets);
  expectList("what Docker has made of the subnets", await bridgesOf(cluster), before.bridges);
}

/** The clients' pods, one on each node, reach each other, with packets of the usual size and with those that fill the tunnel. */
export async function podsReachEachOther({ workload }: Cluster): Promise<void> {
  const clients = await workload.pods("client");
  const pairs = clients.flatMap((from) => clients.filter((to) => to !== from).map((to) => ({ from, to })));
  const answers = await Promise.all(
    pairs.map(async ({ from, to }) => {
      const largest = await largestPayload(from.machine);
      const [usual, long] = await Promise.all([ping(from, to, 2), ping(from, to, 2, inOnePiece(largest))]);
      const way = `no answer from ${from.ip} to ${to.ip}`;
      return [
        { words: way, ...pinged(usual, 2) },
        { words: `${way} to ${largest} bytes, for which the tunnel has room`, ...pinged(long, 2) },
      ];
    }),
  );
  expect(pairs.length, `there are ${pairs.length} pairs of clients`).toBeGreaterThan(0);
  for (const { words, ...asked } of answers.flat()) expectAnswered(asked, words);
}

/**
 * Each node reaches every backend through services, and so does each machine by the port of each node; gives the backends'
 * names.
 */
export async function servicesReachAll({ workload, master, nodes: all }: Cluster): Promise<string[]> {
  const [pods, { clusterIp, nodePort, sticky }] = await Promise.all([
    workload.pods("backend"),
    workload.services(),
  ]);
  if (pods.length === 0) lacking("No backend runs");
  const names = pods.map(({ name }) => name).toSorted();
  await Promise.all(all.map((node) => rulesLeadTo(node, [clusterIp, nodePort, sticky], pods)));
  const ports = all.map(({ address }) => `${address}:${nodePort.nodePort}`);
  for (const machine of [master, ...all]) {
    const targets = machine !== master ? [`${clusterIp.ip}:${clusterIp.port}`, ...ports] : ports;
    for (const target of targets) {
      const { counts, ...asked } = await askFromMachine(machine, target, requests);
      expectAnswered(asked, `${asked.unanswered} requests of ${machine.name} to ${target} ${fateOf(asked)}`);
      expectList(`backends that ${machine.name} reaches at ${target}`, [...counts.keys()].toSorted(), names);
    }
  }
  return names;
}

const of = ({ machine }: Pod): string => `a pod on ${machine.name}`;

/** A pod of each node reaches every backend through services, by TCP and by UDP, and the apiserver through its own. */
export async function podsReachServices(cluster: Cluster): Promise<void> {
  const { workload, nodes: all } = cluster;
  const [pods, clients, { nodePort }, udp, apiserver] = await Promise.all([
    workload.pods("backend"),
    workload.pods("client"),
    workload.services(),
    workload.service("backend-udp"),
    apiserverService(cluster),
  ]);
  const names = pods.map(({ name }) => name).toSorted();
  expectList(
    "nodes with a client",
    clients.map(({ machine }) => machine.name).toSorted(),
    all.map(({ name }) => name).toSorted(),
  );
  // That of the node ports: what a fault has kept from the other one the kernel remembers for 120 s.
  const target = `${nodePort.ip}:${nodePort.port}`;
  await Promise.all(all.map((node) => rulesLeadTo(node, [nodePort], pods)));
  for (const pod of clients) {
    const { counts, ...asked } = await askFromNetworkOf(pod, target, requests);
    expectAnswered(asked, `${asked.unanswered} requests of ${of(pod)} to ${target} ${fateOf(asked)}`);
    expectList(`backends that ${of(pod)} reaches at ${target}`, [...counts.keys()].toSorted(), names);
    await eventually(() => apiserverSaysTo(pod, apiserver), {
      describe: `${of(pod)} is answered by the apiserver at ${apiserver.ip}:${apiserver.port}`,
      deadline: 15_000,
      until: isAnswer,
    });
  }
  const byUdp = await servedByUdp(cluster, pods, [udp], () =>
    Promise.all(clients.map(async (pod) => [pod, await askByUdp(pod, udp)] as const)),
  );
  for (const [pod, { answers, ...asked }] of byUdp) {
    const way = `${of(pod)} by UDP to ${udp.ip}:${udp.port}`;
    expectAnswered(asked, `${asked.unanswered} requests of ${way} ${fateOf(asked)}`);
    expectList(`backends that ${of(pod)} reaches by UDP`, [...new Set(answers)].toSorted(), names);
  }
}

const ofKubelet = listOf(z.object({ metadata: z.object({ name: z.string() }) }));

/** The apiserver is told by each node's kubelet which pods it runs, as it asks it for logs; one that began anew has to learn them. */
export async function kubeletsAreReached({ kubectl, workload, nodes: all }: Cluster): Promise<void> {
  const clients = await workload.pods("client");
  await Promise.all(
    all.map(async ({ name, address }) => {
      const own = clients.find(({ machine }) => machine.name === name) ?? lacking(`${name} has no client`);
      await eventually(() => kubectl.get(ofKubelet, `/api/v1/nodes/${address}/proxy/pods`), {
        describe: `the kubelet of ${name} tells the apiserver that it runs ${own.name}`,
        deadline: 20_000,
        until: ({ items }) => items.some(({ metadata }) => metadata.name === own.name),
        show: ({ items }) => items.map(({ metadata }) => metadata.name).join(", ") || "no pods",
      });
    }),
  );
}
