import { expectAnswered, expectList, fateOf, guards, lacking, test } from "../cluster/index.ts";
import { askFromMachine, inWords } from "./requests.ts";
import { balanced, keptLocal } from "./services.ts";

/** Of three backends that are not the node's own, none is asked with a chance of (1/3)^6. */
const requests = 6;

test(
  "where a service keeps to its node, the node that is asked answers with its own backends",
  { meta: guards("kube-proxy", "local") },
  async ({ cluster, fact }) => {
    const { master, nodes } = cluster;
    await balanced(cluster);
    const { nodePort, pods } = await keptLocal(cluster);
    const asked = nodes.filter(({ name }) => pods.some(({ machine }) => machine.name === name));
    if (asked.length === 0) lacking("No backend runs on any node");
    const answers = await Promise.all(
      asked.map(({ address }) => askFromMachine(master, `${address}:${nodePort}`, requests)),
    );
    for (const [index, sent] of answers.entries()) {
      const node = asked[index]?.name ?? "";
      const own = new Set(pods.filter(({ machine }) => machine.name === node).map(({ name }) => name));
      const report = inWords(sent);
      const to = `${requests} requests of ${master.name} to the node port of ${node}`;
      expectAnswered(sent, `${sent.unanswered} of ${to}, which has backends, ${fateOf(sent)} (${report})`);
      const strangers = [...sent.counts.keys()].filter((name) => !own.has(name));
      expectList(`backends of other nodes that answer for ${node} (${report})`, strangers, []);
      fact(`by ${node}`, report);
    }
  },
);
