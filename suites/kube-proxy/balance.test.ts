import {
  expect,
  expectAnswered,
  expectFields,
  expectList,
  fateOf,
  guards,
  lacking,
  nodes,
  profile,
  shortly,
  test,
  type Cluster,
  type Pod,
  type SuiteMachine,
} from "../cluster/index.ts";
import { equalShares } from "./chi-square.ts";
import { alpha, backends, requests } from "./family.ts";
import { type Answers, askFromMachine, askFromPod, inWords } from "./requests.ts";
import { balanced, type Balanced, rulesOf } from "./services.ts";

test(
  "kube-proxy is active, enabled and started again if it fails, on every node",
  { meta: guards("kube-proxy", "unit") },
  async ({ cluster }) => {
    const units = await Promise.all(cluster.nodes.map((node) => node.unit("kube-proxy")));
    const wanted = { ActiveState: "active", UnitFileState: "enabled", Restart: "on-failure" };
    for (const [index, unit] of units.entries()) {
      expectFields(`kube-proxy's unit on ${cluster.nodes[index]?.name}`, unit, wanted);
    }
  },
);

test(
  "the rules choose at random, with probabilities 1/3, 1/2 and 1",
  { meta: guards("kube-proxy", "rules") },
  async ({ cluster, fact }) => {
    const { services } = await balanced(cluster);
    // kube-proxy 1.14 writes five digits.
    const wanted = [1 / 3, 1 / 2, 1].map((probability) => probability.toFixed(4)).join(", ");
    for (const node of cluster.nodes) {
      const rules = await rulesOf(node, Object.values(services));
      const probabilities = rules.map((each) =>
        each?.endpoints.map(({ probability }) => probability.toFixed(4)).join(", "),
      );
      expectFields(`probabilities on ${node.name}`, kinds(probabilities), kinds([wanted, wanted, wanted]));
      fact(`probabilities on ${node.name}`, probabilities[0] ?? "");
    }
  },
);

test(
  "who asks a service from outside of the pods' network is masqueraded, and a pod is not",
  { meta: guards("kube-proxy", "masquerade") },
  async ({ cluster }) => {
    const { pods } = profile.networks;
    const { services } = await balanced(cluster);
    for (const node of cluster.nodes) {
      const rules = await rulesOf(node, Object.values(services));
      const outside = rules.map((each) => each?.masqueradedOutside);
      const what = `the network that is not masqueraded on ${node.name}`;
      expectFields(what, kinds(outside), kinds([pods, pods, pods]));
    }
  },
);

/** Something of each service, in their order (`Services`). */
const kinds = ([clusterIP, nodePorts, affinity]: readonly (string | undefined)[]) => ({
  ClusterIP: clusterIP,
  NodePort: nodePorts,
  "session affinity": affinity,
});

type Found = Balanced & { readonly nodes: Cluster["nodes"] };

const clusterIp = ({
  services: {
    clusterIp: { ip, port },
  },
}: Found): string => `${ip}:${port}`;

const [first = lacking("there is no node"), ...others] = nodes;
/** Two nodes stand for all: each more would add to what a perfect cluster fails by chance. */
const sources = [first, ...others.slice(-1)];

/** The port of another node, if there is one, as for a client from outside. */
const nodePort = ({ services }: Found, source: string): string => {
  const target = nodes.findLast(({ name }) => name !== source) ?? first;
  return `${target.address}:${services.nodePort.nodePort}`;
};

const machineOf = ({ nodes: all }: Found, wanted: string): SuiteMachine =>
  all.find(({ name }) => name === wanted) ?? lacking(`there is no ${wanted}`);

/** A pod on the first node. */
const client = ({ clients }: Found): Pod =>
  clients.find(({ machine }) => machine.name === first.name) ?? lacking(`${first.name} has no client`);

type Source = readonly [string, (found: Found) => Promise<Answers>];

const family: readonly Source[] = [
  ...sources.flatMap(({ name }): Source[] => [
    [`${name} by ClusterIP`, (it) => askFromMachine(machineOf(it, name), clusterIp(it), requests)],
    [`${name} by NodePort`, (it) => askFromMachine(machineOf(it, name), nodePort(it, name), requests)],
  ]),
  ["a pod by ClusterIP", (it) => askFromPod(client(it), clusterIp(it), requests)],
  ["a pod by NodePort", (it) => askFromPod(client(it), nodePort(it, first.name), requests)],
];

for (const [name, ask] of family) {
  test(
    `${requests} requests from ${name}: every backend answers, in equal shares`,
    { concurrent: true, meta: guards("kube-proxy", "shares") },
    async ({ cluster, fact }) => {
      const found = await balanced(cluster);
      const asked = await ask({ ...found, nodes: cluster.nodes });
      const { counts } = asked;
      const names = found.pods.map((pod) => pod.name);
      const shares = names.map((backend) => counts.get(backend) ?? 0);
      const { expected, statistic, p } = equalShares(shares);
      const report =
        `${inWords(asked)}, ` +
        `expected ${shortly(expected)} each, chi-square ${statistic.toFixed(2)}, p ${p.toPrecision(3)}, accepted from ${alpha}`;
      fact("shares", report);
      expectAnswered(
        asked,
        `${asked.unanswered} of ${requests} requests from ${name} ${fateOf(asked)}: ${report}`,
      );
      expectList(
        `who answers ${requests} requests from ${name} (${report})`,
        [...counts.keys()].toSorted(),
        names,
      );
      expect(names.length, `${names.length} backends, not ${backends}: ${report}`).toBe(backends);
      expect(
        p,
        `the backends' shares are not equal, p ${p.toPrecision(3)}: ${report}`,
      ).toBeGreaterThanOrEqual(alpha);
    },
  );
}
