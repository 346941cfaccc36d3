import { describe } from "vitest";
import {
  eventually,
  expect,
  expectList,
  guards,
  lacking,
  nodes,
  readHeartbeats,
  sh,
  slowness,
  test,
  type Pod,
} from "../cluster/index.ts";
import { bootAnew, type Boots } from "./boots.ts";
import {
  componentsAreHealthy,
  controllerManagerSigns,
  etcdKeeps,
  kubeletsAreReached,
  nodesAreReady,
  nothingIsAskedAnew,
  podsReachEachOther,
  servicesReachAll,
  podsReachServices,
  subnetsAreKept,
} from "./essentials.ts";
import { bootedIn, scenarios } from "./scenarios.ts";
import { allPods, subnetsOf } from "./state.ts";
import { Serial } from "./serial.ts";

/** Milliseconds; a boot has deadlines of its own. */
const timeout = 900_000 * slowness;

const serial = new Serial("not all was as before after");

for (const scenario of scenarios) {
  describe(`a ${scenario.name}`, () => {
    const group = serial.group<Boots>(scenario.name, `not all was up again after ${scenario.name}`);
    test(
      "everything that was up is up again, without a hand",
      { timeout, meta: guards("reboot", "up") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const cutsPower = scenario.how === "power cut";
        const boots = await group.begin({ cluster, skip, onTestFailed }, cutsPower, () =>
          bootAnew(cluster, scenario),
        );
        for (const [name, ids] of boots.ids) {
          expect(ids[0], `${name} has the boot id ${ids[0]} of before`).not.toBe(ids[1]);
          fact(`boot ids of ${name}`, ids.join(", then "));
        }
        fact("answered after s", boots.answered.toFixed(1));
        fact("all up after further s", boots.up.toFixed(1));
      },
    );

    test(
      "etcd is healthy and has all that it acknowledged",
      { timeout, meta: guards("reboot", "etcd") },
      ({ cluster, skip, onTestFailed }) => etcdKeeps(cluster, group.outcome({ skip, onTestFailed }).before),
    );

    test(
      "apiserver, scheduler, controller-manager are healthy",
      { timeout, meta: guards("reboot", "components") },
      async ({ cluster, skip, onTestFailed }) => {
        group.outcome({ skip, onTestFailed });
        await componentsAreHealthy(cluster);
      },
    );

    test(
      "no certificate is asked for anew",
      { timeout, meta: guards("reboot", "requests") },
      async ({ cluster, skip, onTestFailed }) => {
        await nothingIsAskedAnew(cluster, group.outcome({ skip, onTestFailed }).before);
      },
    );

    test(
      "all nodes are Ready and not cordoned, and their kubelets say so anew",
      { timeout, meta: guards("reboot", "nodes") },
      async ({ cluster, skip, onTestFailed }) => {
        group.outcome({ skip, onTestFailed });
        const { renewed } = await readHeartbeats(cluster.kubectl);
        await nodesAreReady(cluster);
        await eventually(async () => (await readHeartbeats(cluster.kubectl)).renewed, {
          describe: "each kubelet has renewed its lease since all was up again",
          deadline: 40_000,
          until: (now) =>
            nodes.every(({ address }) => (now.get(address) ?? 0) > (renewed.get(address) ?? Infinity)),
          show: (now) => [...now].map(([name, at]) => `${name} ${at.toISOString()}`).join(", "),
        });
      },
    );

    test(
      "each node has the subnet that it had",
      { timeout, meta: guards("reboot", "subnets") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        const { before } = group.outcome({ skip, onTestFailed });
        fact("subnets before", before.subnets.join(", "));
        fact("subnets after", (await subnetsOf(cluster)).join(", "));
        await subnetsAreKept(cluster, before);
        for (const node of cluster.nodes) {
          // mk-docker-opts writes over flanneld's own record: the lease in etcd is what it finds its subnet by.
          const record = await node.succeed(sh`cut -d= -f1 /run/flannel/subnet.env | paste -sd' '`);
          const said = await node.run(
            sh`journalctl --no-pager -o cat -u flanneld | grep -oE 'Previous Subnet: .*|Found lease .*|Picking subnet .*' | tail -n 2 | paste -sd' '`,
          );
          fact(`record of ${node.name}`, record.trim());
          fact(`flanneld of ${node.name}`, said.stdout.trim());
        }
      },
    );

    test(
      "the pods run again, those on other machines went on, and a new one is started",
      { timeout, meta: guards("reboot", "pods") },
      async ({ cluster, skip, onTestFailed }) => {
        const { before } = group.outcome({ skip, onTestFailed });
        const old = new Set(before.pods.map(({ container }) => container));
        const away = bootedIn(cluster, scenario);
        const isAsItMust = (pod: Pod): boolean => away.includes(pod.machine) !== old.has(pod.container);
        await eventually(() => allPods(cluster), {
          describe: "all pods run, in new containers where the machine was booted and in the same elsewhere",
          deadline: 120_000,
          until: (pods) => pods.length === before.pods.length && pods.every(isAsItMust),
          show: (pods) =>
            pods
              .map((pod) => `${pod.name} on ${pod.machine.name}${isAsItMust(pod) ? "" : " not so"}`)
              .join(", "),
        });
        const backends = await cluster.workload.pods("backend");
        await Promise.all(backends.map((pod) => cluster.workload.answers(pod)));
        const [gone] = backends;
        if (!gone) lacking("No backend runs");
        await cluster.workload.delete(gone, 1);
        const now = await eventually(() => cluster.workload.pods("backend"), {
          describe: `another pod runs in the place of ${gone.name}`,
          // The scheduler and the controller-manager wait 15 s for their own earlier selves.
          deadline: 60_000,
          until: (pods) => pods.length === backends.length && pods.every(({ name }) => name !== gone.name),
          show: (pods) => pods.map(({ name }) => name).join(", "),
        });
        await Promise.all(now.map((pod) => cluster.workload.answers(pod)));
      },
    );

    test(
      "the controller-manager signs a certificate that is approved, and the token of a new service account",
      { timeout, meta: guards("reboot", "signer") },
      async ({ cluster, skip, onTestFailed }) => {
        group.outcome({ skip, onTestFailed });
        await controllerManagerSigns(cluster);
      },
    );

    if (nodes.length > 1) {
      test(
        "pods on different nodes reach each other, with packets that fill the tunnel, too",
        { timeout, meta: guards("reboot", "ping") },
        async ({ cluster, skip, onTestFailed }) => {
          group.outcome({ skip, onTestFailed });
          await podsReachEachOther(cluster);
        },
      );
    }

    test(
      "each node reaches every backend through services, and each machine by the ports of all nodes",
      { timeout, meta: guards("reboot", "services") },
      async ({ cluster, skip, onTestFailed, fact }) => {
        group.outcome({ skip, onTestFailed });
        fact("backends", (await servicesReachAll(cluster)).join(", "));
      },
    );

    test(
      "a pod of each node reaches every backend through services, by TCP and by UDP, and the apiserver",
      { timeout, meta: guards("reboot", "podServices") },
      async ({ cluster, skip, onTestFailed }) => {
        group.outcome({ skip, onTestFailed });
        await podsReachServices(cluster);
      },
    );

    test(
      "the apiserver reaches the kubelet of each node",
      { timeout, meta: guards("reboot", "kubelets") },
      async ({ cluster, skip, onTestFailed }) => {
        group.outcome({ skip, onTestFailed });
        await kubeletsAreReached(cluster);
      },
    );

    test(
      "no unit has ended or was started again since all was up",
      { timeout, meta: guards("reboot", "up") },
      async ({ skip, onTestFailed, fact }) => {
        const { ran, running } = group.outcome({ skip, onTestFailed });
        expectList("units and their processes", await running(), ran);
        fact("units", ran.length);
      },
    );
  });
}
