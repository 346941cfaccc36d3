import {
  expect,
  expectAnswered,
  expectFields,
  expectList,
  fateOf,
  guards,
  shown,
  test,
} from "../cluster/index.ts";
import { boundByHand, deployedWithoutController } from "./control.ts";
import { bulk, type Fetched } from "./bulk.ts";
import { controllers, controllersAct } from "./controllers.ts";
import { foreignContainers, restartedContainer } from "./kubelet.ts";
import { askedByUdp, datagram } from "./udp.ts";

test(
  "a pod with another scheduler's name waits for that one, and runs on the node that it is bound to",
  { concurrent: true, meta: guards("components", "scheduler") },
  async ({ cluster, fact }) => {
    const { node, waiting, bound, events } = await boundByHand(cluster);
    expectFields("the pod, when the scheduler had gone on to a later one", waiting, {
      phase: "Pending",
      isUnschedulable: false,
    });
    expect(waiting.node, `the pod is on ${waiting.node} before this suite has bound it`).toBeUndefined();
    expectFields(`the pod that was bound to ${node.name} by hand`, bound, {
      node: node.address,
      phase: "Running",
    });
    const scheduled = events.filter(({ reason }) => /Schedul/.test(reason));
    const told = scheduled.map(({ reason, source }) => `${reason} by ${shown(source.component)}`);
    expectList("events of scheduling of the pod that was bound by hand", told, []);
    fact("bound to", node.name);
  },
);

test(
  "with the controller-manager stopped, a Deployment is stored and gets no ReplicaSet; it gets it once that goes on",
  { concurrent: true, meta: guards("components", "controllers") },
  async ({ cluster, fact }) => {
    const { name, stopped, after, took } = await deployedWithoutController(cluster);
    const { master, workload } = cluster;
    const { process } = stopped;
    expect(
      process,
      `${master.name}'s controller-manager is in the state ${shown(process)}, not stopped (T)`,
    ).toMatch(/^T/);
    expectList("keys in etcd of the Deployment", stopped.keys, [
      `/registry/deployments/${workload.namespace}/${name}`,
    ]);
    expectList(
      `ReplicaSets of ${name} while ${master.name}'s controller-manager was stopped`,
      stopped.replicaSets,
      [],
    );
    const now = `${name} has ${after.length} ReplicaSets once ${master.name}'s controller-manager goes on, not one`;
    expect(after.length, `${now}: ${shown(after)}`).toBe(1);
    fact("ReplicaSet after ms", took);
  },
);

test(
  "each controller acts on an object of its kind, without being asked",
  { concurrent: true, meta: guards("components", "kinds") },
  async ({ cluster, fact }) => {
    const acted = await controllersAct(cluster);
    expectList("controllers that acted on an object of theirs", acted, controllers);
    fact("controllers that acted", acted.join(", "));
  },
);

/** Holds it against the guide if what was fetched is not all there, and unchanged. */
function expectWhole(who: string, { from, size, isSame, said, ...asked }: Fetched): void {
  const seen = `${who} is given ${size} of ${bulk} bytes by TCP from ${from}`;
  expectAnswered(asked, `${seen}: ${said}`);
  const how = isSame ? "unchanged" : "not the bytes that were sent";
  expect(how, `${seen}, ${how}`).toBe("unchanged");
}

test(
  `${bulk} bytes pass by TCP unchanged: from pod to pod across nodes, both ways, and through a service`,
  { concurrent: true, meta: guards("components", "bulk") },
  async ({ cluster, fact }) => {
    const { fetched } = await askedByUdp(cluster);
    const all = fetched.flatMap(({ client, from }) => from.map((one) => ({ client, one })));
    expect(all.length, `${all.length} transfers were tried`).toBeGreaterThan(0);
    for (const { client, one } of all) expectWhole(client, one);
    fact("transfers", all.length);
  },
);

test(
  "a service forwards UDP as it does TCP, to all of its backends",
  { concurrent: true, meta: guards("components", "udp") },
  async ({ cluster, fact }) => {
    const { backends, plain } = await askedByUdp(cluster);
    for (const { client, answers, ...asked } of plain) {
      const lost = `${asked.unanswered} of ${answers.length} requests of ${datagram} bytes`;
      expectAnswered(asked, `${lost} of ${client} ${fateOf(asked)}`);
      expectList(`backends that answered ${client}`, [...new Set(answers)].toSorted(), backends);
    }
    fact("clients", plain.map(({ client }) => client).join(", "));
  },
);

test(
  "by UDP, too, another machine reaches a backend at the NodePort of each node",
  { concurrent: true, meta: guards("components", "udp") },
  async ({ cluster, fact }) => {
    const { backends, byNodePort } = await askedByUdp(cluster);
    expectList(
      "nodes whose NodePort was asked",
      byNodePort.map(({ address }) => address),
      cluster.nodes.map(({ address }) => address),
    );
    for (const { client, target, answers, ...asked } of byNodePort) {
      const lost = `${asked.unanswered} of ${answers.length} requests by UDP of ${client} to the NodePort ${target}`;
      expectAnswered(asked, `${lost} ${fateOf(asked)}`);
      const others = answers.filter((answer) => !backends.includes(answer));
      expectList(`answers to ${client} from ${target} that are of no backend`, others, []);
      fact(target, `from ${client}: ${answers.join(", ")}`);
    }
  },
);

test(
  "with session affinity, each client is given the same backend again by UDP, too",
  { concurrent: true, meta: guards("components", "udpAffinity") },
  async ({ cluster, fact }) => {
    const { sticky } = await askedByUdp(cluster);
    for (const { client, answers, ...asked } of sticky) {
      const given = [...new Set(answers)];
      const lost = `${asked.unanswered} of ${answers.length} requests`;
      expectAnswered(asked, `${lost} of ${client} ${fateOf(asked)}: ${shown(given)}`);
      expect(
        given.length,
        `${client} is answered by ${given.length} backends, not one: ${shown(given)}`,
      ).toBe(1);
      fact(client, answers[0] ?? "");
    }
  },
);

test(
  "the kubelet of each node leaves containers alone that Docker was told to run by hand, whether they run or died",
  { concurrent: true, meta: guards("components", "foreignContainers") },
  async ({ cluster, fact }) => {
    const all = await foreignContainers(cluster);
    for (const { node, before, after } of all) {
      expectFields(
        `${node.name}'s containers made by hand, before the kubelet cleans up`,
        { alive: before.alive.status, dead: before.dead.status },
        { alive: "running", dead: "exited" },
      );
      expect(
        after,
        `${node.name}'s containers made by hand are ${shown(after)} after the kubelet has cleaned up, not ${shown(before)}`,
      ).toEqual(before);
    }
    fact("nodes", all.map(({ node }) => node.name).join(", "));
  },
);

test(
  "on each node a container that dies is started again in its pod, which counts that",
  { concurrent: true, meta: guards("components", "restart") },
  async ({ cluster, fact }) => {
    for (const { node, before, after, state } of await restartedContainer(cluster)) {
      const pod = `${node.name}'s pod`;
      expect(
        before.restarts,
        `${pod} counts ${before.restarts} restarts before its container dies, not 0`,
      ).toBe(0);
      expect(after.restarts, `${pod} counts ${after.restarts} restarts after its container died, not 1`).toBe(
        1,
      );
      expectFields(`${pod}, after its container died`, after, {
        uid: before.uid,
        ip: before.ip,
        node: node.address,
      });
      expect(after.container, `${pod} still has the container ${after.container}, which died`).not.toBe(
        before.container,
      );
      expect(
        state.status,
        `${pod} has a new container that Docker has as ${state.status}, not as running`,
      ).toBe("running");
      const ids = [before, after].map(({ container }) => container?.slice(0, 12));
      fact(`containers on ${node.name}`, ids.join(", then "));
    }
  },
);
