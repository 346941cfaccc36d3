import { z } from "zod";
import { type Cluster, shapedJson, sh, type SuiteMachine } from "../cluster/index.ts";

/** What Docker did with a pod's container, or with its sandbox, the pause container; `at` by `performance.now`. */
export type DockerEvent = {
  readonly at: number;
  /** Address of the node, and name of the pod. */
  readonly node: string;
  readonly pod: string;
  readonly of: "sandbox" | "container";
  readonly action: string;
  readonly image: string;
};

/** A node's clock, in nanoseconds, and what it is ahead of `performance.now`, in milliseconds. */
export type Clock = { readonly node: SuiteMachine; readonly now: string; readonly ahead: number };

/** Reads the nodes' clocks; what is on the way there is taken to be half of the way there and back. */
export const clocksOf = ({ nodes }: Cluster): Promise<Clock[]> =>
  Promise.all(
    nodes.map(async (node) => {
      const before = performance.now();
      const now = (await node.succeed(sh`date +%s.%N`)).trim();
      return { node, now, ahead: Number(now) * 1000 - (before + performance.now()) / 2 };
    }),
  );

const eventSchema = z.object({
  Action: z.string(),
  timeNano: z.number(),
  Actor: z.object({
    Attributes: z.object({
      image: z.string(),
      "io.kubernetes.pod.name": z.string(),
      "io.kubernetes.docker.type": z.string(),
    }),
  }),
});

/** What Docker of a node did for the pods of a namespace since the node's clock was read, in order. */
export async function dockerEvents({ node, now, ahead }: Clock, namespace: string): Promise<DockerEvent[]> {
  const filter = `--filter type=container --filter label=io.kubernetes.pod.namespace=${namespace}`;
  const text = await node.succeed(
    sh`docker events --since ${now} --until $(date +%s.%N) ${filter} --format '{{json .}}'`,
  );
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const {
        Action: action,
        timeNano,
        Actor,
      } = shapedJson(eventSchema, line, `An event of Docker on ${node.name}`);
      const { image, "io.kubernetes.pod.name": pod, "io.kubernetes.docker.type": type } = Actor.Attributes;
      const of = type === "podsandbox" ? "sandbox" : "container";
      return { at: timeNano / 1e6 - ahead, node: node.address, pod, of, action, image };
    });
}

/** Containers of pods whose name begins so, on all nodes, and how each is: `NODE: k8s_… Up 2 seconds`. */
export async function containersOf({ nodes, workload }: Cluster, name: string): Promise<string[]> {
  const filter = `--filter label=io.kubernetes.pod.namespace=${workload.namespace} --filter name=_${name}-`;
  const all = await Promise.all(
    nodes.map(async (node) =>
      (await node.succeed(sh`docker ps -a ${filter} --format '{{.Names}} {{.Status}}'`))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => `${node.name}: ${line}`),
    ),
  );
  return all.flat();
}
