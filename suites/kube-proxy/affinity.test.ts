import { expect, expectAnswered, expectList, fateOf, guards, test } from "../cluster/index.ts";
import { askFromMachine, askFromPod, inWords } from "./requests.ts";
import { balanced, rulesOf } from "./services.ts";

/** Without affinity, all of them reach one backend with a chance of 3 × (1/3)^60. */
const requests = 60;

test(
  "with session affinity ClientIP, each client is given the same backend again",
  { meta: guards("kube-proxy", "affinity") },
  async ({ cluster, fact }) => {
    const { nodes } = cluster;
    const {
      pods,
      clients,
      services: { sticky },
    } = await balanced(cluster);
    const target = `${sticky.ip}:${sticky.port}`;
    const [answers, ...rules] = await Promise.all([
      Promise.all([
        ...nodes.map((node) => askFromMachine(node, target, requests)),
        ...clients.map((client) => askFromPod(client, target, requests)),
      ]),
      ...nodes.map((node) => rulesOf(node, [sticky])),
    ]);
    const names = [...nodes, ...clients].map(({ name }) => name);
    for (const [index, asked] of answers.entries()) {
      const { counts } = asked;
      const report = `${names[index]}: ${inWords(asked)}`;
      expectAnswered(asked, `${asked.unanswered} of ${requests} requests ${fateOf(asked)}, of ${report}`);
      expect(
        [...counts.values()],
        `${counts.size} backends answer, not one all ${requests} requests, of ${report}`,
      ).toEqual([requests]);
      fact(`client ${names[index]}`, report);
    }
    const endpoints = pods.map(({ ip }) => `${ip}:8080`).toSorted();
    for (const [index, [found]] of rules.entries()) {
      const kept = found?.sticky.toSorted() ?? [];
      expectList(`backends that the rules of ${nodes[index]?.name} give again`, kept, endpoints);
    }
  },
);
