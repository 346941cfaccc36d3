import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { listOf, test } from "../cluster/index.ts";

const componentStatus = z.object({
  metadata: z.object({ name: z.string() }),
  conditions: z.array(z.object({ type: z.string(), status: z.string() })),
});

test(
  "apiserver, scheduler and controller-manager are active and enabled",
  { meta: { sections: ["2.6.2.4", "2.6.3.3", "2.6.4.3"] } },
  async ({ cluster }) => {
    const names = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];
    const units = await Promise.all(names.map((name) => cluster.master.unit(name)));
    const states = units.map(
      ({ ActiveState, SubState, UnitFileState }) => `${ActiveState} ${SubState} ${UnitFileState}`,
    );
    expect(Object.fromEntries(names.map((name, index) => [name, states[index]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, "active running enabled"])),
    );
  },
);

test(
  "get cs finds scheduler, controller-manager and etcd healthy",
  { meta: { sections: ["2.6.3", "2.6.4", "2.7.2"] } },
  async ({ cluster }) => {
    const { items } = await cluster.kubectl.json(listOf(componentStatus), "get cs");
    const health = items.map(({ metadata, conditions }) => [
      metadata.name,
      conditions.find(({ type }) => type === "Healthy")?.status,
    ]);
    expect(Object.fromEntries(health)).toEqual({
      "controller-manager": "True",
      scheduler: "True",
      "etcd-0": "True",
    });
  },
);

test(
  "what the apiserver stores is found in etcd, and what it deletes is gone",
  { meta: { sections: ["2.6.2.2", "5.1"] } },
  async ({ cluster: { kubectl, etcd }, onTestFinished }) => {
    const [name, value] = [`guide-suites-${randomUUID()}`, randomUUID()];
    onTestFinished(async () => {
      await kubectl.run(`delete configmap ${name} --ignore-not-found`);
    });
    const read = (): Promise<string> =>
      etcd.v3(`get --print-value-only /registry/configmaps/default/${name}`);
    expect(await read()).toBe("");
    await kubectl.run(`create configmap ${name} --from-literal=written=${value}`);
    expect(await read()).toContain(value);
    await kubectl.run(`delete configmap ${name}`);
    expect(await read()).toBe("");
  },
);
