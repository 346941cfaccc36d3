import {
  askDirectly,
  eventually,
  expect,
  expectAnswered,
  fateOf,
  expectList,
  guards,
  lacking,
  slowness,
  test,
  type Pod,
  type Services,
  type SuiteMachine,
} from "../cluster/index.ts";
import { backends } from "./family.ts";
import { type Answers, askFromMachine, askFromPod, expectGoesOn } from "./requests.ts";
import { balanced, rulesLeadTo, rulesLeaveOut } from "./services.ts";

/** Enough that a backend in the rules is left out with a chance of (2/3)^60, which is 3 in 10^11. */
const requests = 60;
/** Seconds that a deleted backend is given; it goes on answering for most of them (fixtures/manifests). */
const grace = 25 * slowness;

test(
  "a deleted backend gets no request once its endpoint is gone, and the new one is found",
  { meta: guards("kube-proxy", "endpoints") },
  async ({ cluster, fact }) => {
    const { workload, nodes } = cluster;
    const { pods: before, clients, services } = await balanced(cluster);
    const all = Object.values(services);
    const deleted = before[0] ?? lacking("there are no backends");

    const begun = performance.now();
    await workload.delete(deleted, grace);
    await eventually(() => workload.endpoints("backend"), {
      describe: `the endpoint ${deleted.ip} of the deleted backend is gone`,
      deadline: 10_000,
      until: (endpoints) => !endpoints.includes(deleted.ip),
    });
    await Promise.all(nodes.map((node) => rulesLeaveOut(node, all, deleted)));
    const ask = () => askFromAll(nodes, clients, services);
    const [answers, answer] = [await ask(), await askDirectly(deleted)];
    const milliseconds = performance.now() - begun;
    for (const { counts, ...asked } of answers) {
      const its = counts.get(deleted.name) ?? 0;
      expect(its, `${its} of ${requests} requests reach ${deleted.name}, which was deleted`).toBe(0);
      const report = `${fateOf(asked)} after ${deleted.name} was deleted`;
      expectAnswered(asked, `${asked.unanswered} of ${requests} requests ${report}`);
    }
    expectGoesOn(deleted, { answer, milliseconds });

    const pods = await eventually(() => workload.pods("backend"), {
      describe: `there are ${backends} backends again`,
      deadline: 30_000,
      until: (found) => found.length === backends,
      show: (found) => found.map(({ name }) => name).join(", "),
    });
    const added = pods.find(({ name }) => before.every((pod) => pod.name !== name));
    if (!added) lacking(`none of the backends ${pods.map(({ name }) => name).join(", ")} is new`);
    await Promise.all([workload.answers(added), ...nodes.map((node) => rulesLeadTo(node, all, pods))]);
    for (const { counts, ...asked } of await ask()) {
      const report = `after ${added.name} was added`;
      const names = pods.map(({ name }) => name);
      expectAnswered(asked, `${asked.unanswered} of ${requests} requests ${fateOf(asked)} ${report}`);
      expectList(`backends that answer ${report}`, [...counts.keys()].toSorted(), names);
    }
    fact("deleted", `${deleted.name} at ${deleted.ip}`);
    fact("found", `${added.name} at ${added.ip}`);
  },
);

/** Requests from either node and from a pod on each, by ClusterIP, at once. */
function askFromAll(
  nodes: readonly SuiteMachine[],
  clients: readonly Pod[],
  { clusterIp: { ip, port } }: Services,
): Promise<Answers[]> {
  const target = `${ip}:${port}`;
  return Promise.all([
    ...nodes.map((node) => askFromMachine(node, target, requests)),
    ...clients.map((client) => askFromPod(client, target, requests)),
  ]);
}
