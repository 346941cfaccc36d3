import { randomUUID } from "node:crypto";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import {
  eventually,
  expect,
  expectFields,
  expectList,
  guards,
  listOf,
  members,
  profile,
  shown,
  test,
} from "../cluster/index.ts";
import { isReachedAt, kubectlOfLogin } from "./login.ts";
import { placeOf } from "./node-ports.ts";
import { accountIsTrusted } from "./service-accounts.ts";

const componentStatus = z.object({
  metadata: z.object({ name: z.string() }),
  conditions: z.array(z.object({ type: z.string(), status: z.string() })),
});

/** Where the API has what this suite creates. */
const objects = "/api/v1/namespaces/default";

test(
  "apiserver, scheduler and controller-manager are active, enabled and started again if they fail",
  { meta: guards("apiserver", "units") },
  async ({ cluster }) => {
    const names = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
    const units = await Promise.all(names.map((name) => cluster.master.unit(name)));
    const states = units.map(
      ({ ActiveState, SubState, UnitFileState, Restart }) =>
        `${ActiveState} ${SubState} ${UnitFileState} ${Restart}`,
    );
    expectFields(
      `units of ${cluster.master.name}`,
      Object.fromEntries(names.map((name, index) => [name, states[index]])),
      Object.fromEntries(names.map((name) => [name, "active running enabled on-failure"])),
    );
  },
);

test(
  "get cs finds scheduler, controller-manager and etcd healthy",
  { meta: guards("apiserver", "components") },
  async ({ cluster }) => {
    const { items } = await cluster.kubectl.json(listOf(componentStatus), "get cs");
    const health = items.map(({ metadata, conditions }) => [
      metadata.name,
      conditions.find(({ type }) => type === "Healthy")?.status,
    ]);
    const parts = ["controller-manager", "scheduler", ...members.map((_, index) => `etcd-${index}`)];
    const healthy = Object.fromEntries(parts.map((part) => [part, "True"]));
    const components = Object.fromEntries(health);
    expectFields("the condition Healthy in `kubectl get cs`", components, healthy);
    expectList(
      "components in `kubectl get cs`",
      Object.keys(components).toSorted(),
      Object.keys(healthy).toSorted(),
    );
  },
);

test(
  "what the apiserver stores is found in etcd, and what it deletes is gone",
  { meta: guards("apiserver", "storage") },
  async ({ cluster: { kubectl, etcd }, onTestFinished }) => {
    const [name, value] = [`guide-suites-${randomUUID()}`, randomUUID()];
    onTestFinished(() => kubectl.delete(`${objects}/configmaps/${name}`));
    const read = (): Promise<string> =>
      etcd.v3(`get --print-value-only /registry/configmaps/default/${name}`);
    const before = await read();
    expect(before, `etcd has the config map before it is made: ${before}`).toBe("");
    await kubectl.run(`create configmap ${name} --from-literal=written=${value}`);
    const made = await read();
    expect(made, `etcd has of the new config map: ${shown(made)}`).toContain(value);
    await kubectl.run(`delete configmap ${name}`);
    const after = await read();
    expect(after, `etcd still has the config map that was deleted: ${after}`).toBe("");
  },
);

test(
  "only the secure port is open to other machines; the ports that ask nobody are the master's own",
  { meta: guards("apiserver", "listens") },
  async ({ cluster: { master }, fact }) => {
    const [apiserver, manager] = await Promise.all([
      master.listens("kube-apiserver"),
      master.listens("kube-controller-manager"),
    ]);
    const open = apiserver.filter((socket) => !socket.startsWith("127.0.0.1:"));
    expectList("where the apiserver listens for others", open, [
      `${master.address}:${profile.ports.apiserver}`,
    ]);
    // 10257 asks for a certificate or a token.
    const asksNobody = manager.filter((socket) => !/^(127\.0\.0\.1:10252|.*:10257)$/.test(socket));
    expectList("where the controller-manager listens for others", asksNobody, []);
    fact("apiserver", apiserver.join(", "));
    fact("controller-manager", manager.join(", "));
  },
);

test(
  "a new service account is given a token that the apiserver trusts, and the CA of Kubernetes",
  { meta: guards("apiserver", "serviceAccounts") },
  async ({ cluster }) => accountIsTrusted(cluster),
);

const podSchema = z.object({
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), reason: z.string().optional(), message: z.string().optional() }))
      .default([]),
  }),
});

/** What the scheduler says of a pod: that it found a node, or why it found none; undefined if it has not said anything yet. */
const scheduledOf = ({ status }: z.infer<typeof podSchema>) =>
  status.conditions.find(({ type }) => type === "PodScheduled");

test(
  "the scheduler takes up a new pod, and says so of one that fits no node",
  { meta: guards("apiserver", "scheduler") },
  async ({ cluster: { kubectl }, onTestFinished, fact }) => {
    const name = `guide-suites-${randomUUID()}`;
    onTestFinished(() => kubectl.delete(`${objects}/pods/${name}`));
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: {
        containers: [{ name: "none", image: "guide-workload:1", resources: { requests: { cpu: "1000" } } }],
      },
    };
    await kubectl.create(z.object({}), `${objects}/pods`, pod);
    const seen = await eventually(() => kubectl.get(podSchema, `${objects}/pods/${name}`), {
      describe: "the scheduler has said whether it has a node for the pod",
      deadline: 10_000,
      until: (found) => scheduledOf(found) !== undefined,
    });
    const what = "a pod that asks for 1000 cpu";
    const node = seen.spec.nodeName;
    expect(node, `${what} is given to the node ${node}`).toBeUndefined();
    const { reason, message = "" } = scheduledOf(seen) ?? {};
    expect(reason, `the scheduler says of ${what}: ${reason}, not Unschedulable`).toBe("Unschedulable");
    expect(message, `the scheduler says of ${what}: ${message}`).toContain("Insufficient cpu");
    fact("of 1000 cpu", message);
  },
);

const { networks } = profile;
const [lowest, highest] = networks.nodePorts;

const serviceSchema = z.object({ spec: z.object({ clusterIP: z.string() }) });

test(
  `node ports go from ${lowest} to ${highest}, and services get addresses of ${networks.services}`,
  { meta: guards("apiserver", "services") },
  async ({ cluster: { kubectl }, onTestFinished, fact }) => {
    const name = `guide-suites-${randomUUID().slice(0, 8)}`;
    const create = (suffix: string, port?: number): Promise<z.infer<typeof serviceSchema>> =>
      kubectl.create(serviceSchema, `${objects}/services`, {
        metadata: { name: `${name}-${suffix}` },
        spec: { type: "NodePort", ports: [{ port: 80, nodePort: port }], selector: { app: name } },
      });
    const ports = [
      ["first", lowest, "in the range"],
      ["last", highest, "in the range"],
      ["over", highest + 1, "outside of the range"],
      // 0 asks for any.
      ...(lowest > 1 ? ([["under", lowest - 1, "outside of the range"]] as const) : []),
    ] as const;
    onTestFinished(async () => {
      const suffixes = ["any", ...ports.map(([suffix]) => suffix)];
      await Promise.all(suffixes.map((suffix) => kubectl.delete(`${objects}/services/${name}-${suffix}`)));
    });
    const { clusterIP: address } = (await create("any")).spec;
    expect(
      ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(networks.services)),
      `a service is given the address ${address}, which is not in ${networks.services}`,
    ).toBe(true);
    for (const [suffix, port, wanted] of ports) {
      const place = await placeOf(create(suffix, port));
      expect(place, `node port ${port} is ${place}, not ${wanted}`).toBe(wanted);
    }
    fact("address", address);
  },
);

test(
  "a login shell finds kubectl, which asks the apiserver itself",
  { meta: guards("apiserver", "kubectl") },
  async ({ cluster: { master }, fact }) => {
    const [{ path, asked, said }, listening] = await Promise.all([
      kubectlOfLogin(master),
      master.listens("kube-apiserver"),
    ]);
    const { kubectl } = profile.programs;
    expect(path, `kubectl in the path of ${master.name}: ${shown(path)}, not ${kubectl}`).toBe(kubectl);
    const its = `${master.name}'s apiserver listens on ${listening.join(" and ")}`;
    const how = `${master.name}'s kubectl, as a login shell calls it`;
    expect(asked.length, `${how}, is answered by ${asked.length} servers, not one: ${shown(said)}`).toBe(1);
    const others = asked.filter((server) => !isReachedAt(server, listening));
    expect(others, `${how}, asks ${others.join(" and ")}; ${its}`).toEqual([]);
    fact("asks", asked.join(", "));
  },
);
