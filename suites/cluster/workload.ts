import { z } from "zod";
import { GuideFailure } from "./engine.ts";
import type { Etcd } from "./etcd.ts";
import { eventually } from "./eventually.ts";
import { type Kubectl, listOf } from "./kubectl.ts";
import type { SuiteMachine } from "./machine.ts";
import { once } from "./once.ts";
import { ownLabel, workloadObjects } from "./manifest.ts";
import { freeServiceAddresses } from "./service-addresses.ts";

const readyDeadline = 60_000;

export type Pod = {
  readonly name: string;
  readonly app: string;
  readonly ip: string;
  /** The machine that the scheduler chose. */
  readonly machine: SuiteMachine;
  /** Docker's id of the pod's container. */
  readonly container: string;
};

export type Service = { readonly ip: string; readonly port: number; readonly nodePort?: number };

const podSchema = z.object({
  kind: z.literal("Pod"),
  metadata: z.object({
    name: z.string(),
    labels: z.object({ app: z.string() }),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string() }),
  status: z.object({
    podIP: z.string(),
    containerStatuses: z.tuple([z.object({ containerID: z.string().startsWith("docker://") })]),
  }),
});

const serviceSchema = z.object({
  kind: z.literal("Service"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    clusterIP: z.string(),
    ports: z.tuple([z.object({ port: z.number(), nodePort: z.number().optional() })]),
  }),
});

const existing = listOf(
  z.object({
    kind: z.string(),
    metadata: z.object({ labels: z.record(z.string(), z.string()).optional() }),
    spec: z.object({ clusterIP: z.string().optional() }),
  }),
);

/** The pods and services of fixtures/manifests, in a namespace of this run's own: an earlier run's may still be going. */
export class Workload {
  readonly namespace = `guide-suites-${Date.now().toString(36)}`;
  readonly #kubectl: Kubectl;
  readonly #etcd: Etcd;
  readonly #nodes: readonly SuiteMachine[];
  readonly #start = once(() => this.#create());
  #begun = false;

  constructor(kubectl: Kubectl, etcd: Etcd, nodes: readonly SuiteMachine[]) {
    this.#kubectl = kubectl;
    this.#etcd = etcd;
    this.#nodes = nodes;
  }

  /**
   * Creates it, if nobody has yet, and resolves when all pods run and all backends answer; GuideFailure with the
   * pods' state otherwise.
   */
  ready(): Promise<void> {
    this.#begun = true;
    return this.#start();
  }

  /** Its pods, in the order of their names; those that are being deleted are left out. */
  async pods(app: "backend" | "client"): Promise<Pod[]> {
    const { items } = await this.#kubectl.json(
      listOf(podSchema),
      `-n ${this.namespace} get pods -l app=${app}`,
    );
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map((item) => this.#pod(item))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A service by its name in the manifest. */
  async service(name: "backend" | "backend-node-port" | "backend-sticky"): Promise<Service> {
    const { spec } = await this.#kubectl.json(serviceSchema, `-n ${this.namespace} get service ${name}`);
    const [{ port, nodePort }] = spec.ports;
    return { ip: spec.clusterIP, port, ...(nodePort !== undefined && { nodePort }) };
  }

  /** Removes it without waiting for the end of its pods. */
  async remove(): Promise<void> {
    if (!this.#begun) return;
    await this.#start().catch(() => undefined);
    await this.#kubectl.run(`delete namespace ${this.namespace} --ignore-not-found --wait=false`);
  }

  async #create(): Promise<void> {
    const [leases, found] = await Promise.all([
      this.#leases(),
      this.#kubectl.json(existing, "get namespaces,services --all-namespaces"),
    ]);
    const leftover = found.items.some(({ metadata }) => ownLabel.value === metadata.labels?.[ownLabel.key]);
    if (leftover)
      await this.#kubectl.run(`delete namespaces -l ${ownLabel.key}=${ownLabel.value} --wait=false`);
    const used = found.items.flatMap(({ spec }) => spec.clusterIP ?? []);
    const list = await workloadObjects(this.namespace, (count) => freeServiceAddresses(count, leases, used));
    await this.#kubectl.run("create --validate=false -f -", { stdin: JSON.stringify(list) });
    await this.#available();
  }

  /** Leased subnets; none if flannel has none yet, which is for its own suite to say. */
  async #leases(): Promise<string[]> {
    try {
      const leases = await this.#etcd.folder("/k8s/network/subnets");
      return leases.map(({ key }) => key.slice(key.lastIndexOf("/") + 1).replace("-", "/"));
    } catch (thrown) {
      if (thrown instanceof GuideFailure) return [];
      throw thrown;
    }
  }

  async #available(): Promise<void> {
    const seconds = readyDeadline / 1000;
    try {
      await this.#kubectl.run(
        `-n ${this.namespace} wait --for=condition=Available --timeout=${seconds}s deployment/backend deployment/client`,
        { deadline: readyDeadline * 2 },
      );
      await Promise.all((await this.pods("backend")).map(untilItAnswers));
    } catch (thrown) {
      if (!(thrown instanceof GuideFailure)) throw thrown;
      const state = await this.#state();
      throw new GuideFailure(
        `The pods were not all running within ${seconds} s.\n${state}\n${thrown.message}`,
        {
          ...thrown.details,
          hint: "See the events above and the kubelets' journals.",
        },
      );
    }
  }

  async #state(): Promise<string> {
    const [pods, events] = await Promise.all([
      this.#kubectl.run(`-n ${this.namespace} get pods -o wide`).catch(String),
      this.#kubectl.run(`-n ${this.namespace} get events --sort-by=.lastTimestamp | tail -n 8`).catch(String),
    ]);
    return `${pods}${events}`.trim();
  }

  #pod({ metadata, spec, status }: z.infer<typeof podSchema>): Pod {
    const machine = this.#nodes.find(({ address }) => address === spec.nodeName);
    if (!machine) {
      throw new GuideFailure(
        `The pod ${metadata.name} is on ${spec.nodeName}, which is none of the guide's nodes`,
        {
          hint: "See `kubectl get nodes`.",
        },
      );
    }
    const [{ containerID }] = status.containerStatuses;
    const { name, labels } = metadata;
    return {
      name,
      app: labels.app,
      ip: status.podIP,
      machine,
      container: containerID.slice("docker://".length),
    };
  }
}

/** A running pod may not listen yet. Asked from its own machine, so that this needs neither flannel nor kube-proxy. */
async function untilItAnswers({ name, ip, machine }: Pod): Promise<void> {
  await eventually(() => machine.run(`curl -s --max-time 2 http://${ip}:8080/`), {
    describe: `${name} answers with its name on its own node`,
    deadline: 10_000,
    until: ({ stdout }) => stdout.trim() === name,
    show: ({ exitCode, stdout }) => `curl exited with ${exitCode} and printed ${JSON.stringify(stdout)}`,
  });
}
