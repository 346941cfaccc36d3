import { z } from "zod";
import { GuideFailure } from "../../../harness/cluster.ts";
import type { Etcd } from "../etcd.ts";
import { eventually } from "../waits/eventually.ts";
import { type Kubectl, listOf } from "../kubectl.ts";
import type { SuiteMachine } from "../machine.ts";
import { machines } from "../run.ts";
import { traceAccess } from "../trace/access-trace.ts";
import { once } from "../trace/once.ts";
import { createWorkload } from "./create.ts";
import { askDirectly, type Pod } from "./pod.ts";
import { allRun, deploymentSchema, isUnscheduled, progressOf } from "./progress.ts";

/** Milliseconds in which all pods have to run, and in which one more has to. */
const limits = { deadline: 30_000, stall: 12_000 };

export type Service = { readonly ip: string; readonly port: number };

/** The services of the manifest: each leads to all backends. */
export type Services = {
  readonly clusterIp: Service;
  readonly nodePort: Service & { readonly nodePort: number };
  readonly sticky: Service;
};

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.object({ app: z.string() }),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({
    phase: z.string(),
    conditions: z.array(z.object({ type: z.string(), message: z.string().optional() })).optional(),
    podIP: z.string().optional(),
    containerStatuses: z
      .array(
        z.object({
          containerID: z.string().optional(),
          state: z.object({ running: z.object({ startedAt: z.coerce.date() }).optional() }),
        }),
      )
      .optional(),
  }),
});

const serviceSchema = z.object({
  spec: z.object({
    clusterIP: z.string(),
    ports: z.tuple([z.object({ port: z.number(), nodePort: z.number().optional() })]),
  }),
});

const endpointsSchema = z.object({
  subsets: z.array(z.object({ addresses: z.array(z.object({ ip: z.string() })).optional() })).optional(),
});

/** The pods and services of fixtures/manifests, in a namespace of this run's own: an earlier run's may still be going. */
export class Workload {
  readonly namespace = `guide-suites-${Date.now().toString(36)}`;
  /** Where the API has its objects. */
  readonly #objects = `/api/v1/namespaces/${this.namespace}`;
  readonly #kubectl: Kubectl;
  readonly #etcd: Etcd;
  readonly #nodes: readonly SuiteMachine[];
  readonly #created = once(() =>
    createWorkload(this.namespace, this.#kubectl, this.#etcd, this.#nodes.length),
  );
  readonly #start = once(async () => {
    await this.#created();
    await this.#available();
  });
  #begun = false;

  constructor(kubectl: Kubectl, etcd: Etcd, nodes: readonly SuiteMachine[]) {
    this.#kubectl = kubectl;
    this.#etcd = etcd;
    this.#nodes = nodes;
  }

  /** Creates it, if nobody has yet, and resolves when its namespace and objects are there; its pods may not run yet. */
  created(): Promise<void> {
    this.#begun = true;
    return this.#created();
  }

  /**
   * Creates it, if nobody has yet, and resolves when all pods run and all backends answer; GuideFailure with the
   * pods' state otherwise.
   */
  ready(): Promise<void> {
    this.#begun = true;
    return this.#start();
  }

  /** Its running pods, in the order of their names; those that are being deleted are left out. */
  async pods(app: "backend" | "client"): Promise<Pod[]> {
    const { items } = await this.#kubectl.get(
      listOf(podSchema),
      `${this.#objects}/pods?labelSelector=app%3D${app}`,
    );
    return items
      .filter(
        ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === "Running",
      )
      .map((item) => this.#pod(item))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All of its pods that run by now; none if nobody has asked for it. */
  async running(): Promise<Pod[]> {
    if (!this.#begun) return [];
    return (await Promise.all([this.pods("backend"), this.pods("client")])).flat();
  }

  /** Its services for TCP that lead to all backends. */
  async services(): Promise<Services> {
    const [clusterIp, nodePort, sticky] = await Promise.all([
      this.service("backend"),
      this.service("backend-node-port"),
      this.service("backend-sticky"),
    ]);
    return { clusterIp, nodePort, sticky };
  }

  /** A service of fixtures/manifests by its name; its node port is 0 if it has none. */
  async service(name: string): Promise<Services["nodePort"]> {
    const { spec } = await this.#kubectl.get(serviceSchema, `${this.#objects}/services/${name}`);
    const [{ port, nodePort = 0 }] = spec.ports;
    return { ip: spec.clusterIP, port, nodePort };
  }

  /** Addresses of the pods that are ready behind a service. */
  async endpoints(service: string): Promise<string[]> {
    const { subsets } = await this.#kubectl.get(endpointsSchema, `${this.#objects}/endpoints/${service}`);
    return (subsets ?? []).flatMap(({ addresses }) => (addresses ?? []).map(({ ip }) => ip));
  }

  /**
   * Waits until a backend answers, for a running pod may not listen yet. It is asked from its own machine, so that this
   * needs neither flannel nor kube-proxy.
   */
  async answers(pod: Pod): Promise<void> {
    await eventually(() => askDirectly(pod), {
      describe: `${pod.name} answers with its name on its own node`,
      deadline: 10_000,
      until: (answer) => answer === pod.name,
    });
  }

  /** Deletes a pod, without waiting for its end, and lets it go on for up to `grace` seconds. */
  async delete(pod: Pod, grace: number): Promise<void> {
    await this.#kubectl.run(
      `-n ${this.namespace} delete pod ${pod.name} --grace-period=${grace} --wait=false`,
    );
  }

  /** Removes it without waiting for the end of its pods. Where that fails, the tests have failed, too. */
  async remove(): Promise<void> {
    if (!this.#begun) return;
    try {
      await this.#start().catch(() => undefined);
      await this.#kubectl.run(`delete namespace ${this.namespace} --ignore-not-found --wait=false`);
    } catch (thrown) {
      if (!(thrown instanceof GuideFailure)) throw thrown;
    }
  }

  async #available(): Promise<void> {
    try {
      await eventually(() => this.#progress(), {
        ...limits,
        describe: "all pods run",
        until: ({ isReady }) => isReady,
        show: ({ told }) => told,
      });
      await Promise.all((await this.pods("backend")).map((pod) => this.answers(pod)));
    } catch (thrown) {
      if (!(thrown instanceof GuideFailure)) throw thrown;
      const master = machines.find(({ role }) => role === "master");
      // All that was asked is the apiserver.
      if (master && thrown.message.includes(isUnscheduled))
        traceAccess({ machine: master.name, kind: "unit", name: "kube-scheduler" });
      const state = await this.#state();
      throw new GuideFailure(`${thrown.message}\n${state}`, {
        ...thrown.details,
        hint: "See the events above and the kubelets' journals.",
      });
    }
  }

  /** Whether all pods run; else how far they are, which takes a second question. */
  async #progress(): Promise<{ isReady: boolean; told: string }> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/deployments`;
    const { items } = await this.#kubectl.get(listOf(deploymentSchema), path);
    if (allRun(items)) return { isReady: true, told: progressOf(items, []) };
    const selector = "labelSelector=app%20in%20(backend,client)";
    const pods = await this.#kubectl.get(listOf(podSchema), `${this.#objects}/pods?${selector}`);
    return { isReady: false, told: progressOf(items, pods.items) };
  }

  async #state(): Promise<string> {
    const [pods, events] = await Promise.all([
      this.#kubectl.run(`-n ${this.namespace} get pods -o wide`).catch(String),
      this.#kubectl.run(`-n ${this.namespace} get events --sort-by=.lastTimestamp | tail -n 8`).catch(String),
    ]);
    return `${pods}${events}`.trim();
  }

  #pod({ metadata: { name, labels }, spec, status }: z.infer<typeof podSchema>): Pod {
    const machine = this.#nodes.find(({ address }) => address === spec.nodeName);
    const [{ containerID, state } = {}] = status.containerStatuses ?? [];
    const container = containerID?.replace("docker://", "");
    const started = state?.running?.startedAt.getTime();
    if (machine && container && started !== undefined && status.podIP)
      return { name, app: labels.app, ip: status.podIP, machine, container, started };
    throw new GuideFailure(`The pod ${name} runs, but not in Docker on one of the guide's nodes`, {
      hint: "See `kubectl get pods -o wide` and `kubectl get nodes`.",
    });
  }
}
