import { expect } from "vitest";
import { test, type Cluster, type Pod } from "../cluster/index.ts";
import { equalShares } from "./chi-square.ts";
import { alpha, backends, requests } from "./family.ts";
import { type Answers, askFromMachine, askFromPod } from "./requests.ts";
import { balanced, type Balanced, rulesOf } from "./services.ts";

test(
  "kube-proxy is active and enabled on both nodes",
  { meta: { sections: ["3.3.2", "3.3.3"] } },
  async ({ cluster }) => {
    const units = await Promise.all(cluster.nodes.map((node) => node.unit("kube-proxy")));
    for (const unit of units) expect(unit).toMatchObject({ ActiveState: "active", UnitFileState: "enabled" });
  },
);

test(
  "the rules choose at random, with probabilities 1/3, 1/2 and 1",
  { meta: { sections: ["3.3.1", "3.3.3", "5.1"] } },
  async ({ cluster, fact }) => {
    const { services } = await balanced(cluster);
    // kube-proxy 1.14 writes five digits.
    const wanted = [1 / 3, 1 / 2, 1].map((probability) => expect.closeTo(probability, 4));
    for (const node of cluster.nodes) {
      const rules = await rulesOf(node, Object.values(services));
      const probabilities = rules.map((each) => each?.endpoints.map(({ probability }) => probability));
      expect(probabilities, `ClusterIP, NodePort, session affinity on ${node.name}`).toEqual([
        wanted,
        wanted,
        wanted,
      ]);
      fact(`probabilities on ${node.name}`, JSON.stringify(probabilities[0]));
    }
  },
);

type Found = Balanced & { readonly nodes: Cluster["nodes"] };

const clusterIp = ({
  services: {
    clusterIp: { ip, port },
  },
}: Found): string => `${ip}:${port}`;

/** The port of the other node, as for a client from outside. */
const nodePort = ({ nodes, services }: Found, source: 0 | 1): string =>
  `${nodes[source === 0 ? 1 : 0].address}:${services.nodePort.nodePort}`;

/** A pod on the first node. */
const client = ({ nodes, clients }: Found): Pod =>
  clients.find(({ machine }) => machine === nodes[0]) ?? expect.unreachable("each node has a client");

const family: readonly [string, (found: Found) => Promise<Answers>][] = [
  ["t72 by ClusterIP", (it) => askFromMachine(it.nodes[0], clusterIp(it), requests)],
  ["t72 by NodePort", (it) => askFromMachine(it.nodes[0], nodePort(it, 0), requests)],
  ["t76 by ClusterIP", (it) => askFromMachine(it.nodes[1], clusterIp(it), requests)],
  ["t76 by NodePort", (it) => askFromMachine(it.nodes[1], nodePort(it, 1), requests)],
  ["a pod by ClusterIP", (it) => askFromPod(client(it), clusterIp(it), requests)],
  ["a pod by NodePort", (it) => askFromPod(client(it), nodePort(it, 0), requests)],
];

for (const [name, ask] of family) {
  test(
    `${requests} requests from ${name}: every backend answers, in equal shares`,
    { concurrent: true, meta: { sections: ["3.3.1", "3.3.3", "5.1"] } },
    async ({ cluster, fact }) => {
      const found = await balanced(cluster);
      const { counts, unanswered } = await ask({ ...found, nodes: cluster.nodes });
      const names = found.pods.map((pod) => pod.name);
      const shares = names.map((backend) => counts.get(backend) ?? 0);
      const { expected, statistic, p } = equalShares(shares);
      const report =
        `counts ${JSON.stringify(Object.fromEntries(counts))}, unanswered ${unanswered}, ` +
        `expected ${expected} each, chi-square ${statistic.toFixed(2)}, p ${p.toPrecision(3)}, accepted from ${alpha}`;
      fact("shares", report);
      expect([...counts.keys()].toSorted(), `the backends answer: ${report}`).toEqual(names);
      expect(names.length, `backends: ${report}`).toBe(backends);
      expect(unanswered, `each request has an answer: ${report}`).toBe(0);
      expect(p, `equal shares: ${report}`).toBeGreaterThanOrEqual(alpha);
    },
  );
}
