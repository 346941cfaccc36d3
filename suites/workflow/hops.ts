import { type Hop, lacking } from "../cluster/index.ts";
import type { DockerEvent } from "./docker.ts";
import type { Kind, WatchEvent } from "./timeline.ts";

/** Hops of a Deployment from whoever asks for it to the containers, each with the revision that etcd gave it. */
export type Step = Hop & { readonly revision?: number };

/** What is known of the time after `kubectl create`; `askedAt` is when it was called, by `performance.now`. */
export type RolloutObservations = {
  readonly askedAt: number;
  readonly told: readonly WatchEvent[];
  /** Of all nodes. */
  readonly docker: readonly DockerEvent[];
};

/** The first change of a kind that meets a condition; GuideFailure, with what there was, if none does. */
function first(
  told: readonly WatchEvent[],
  kind: Kind,
  what: string,
  wanted: (change: WatchEvent) => boolean,
): WatchEvent {
  const found = told.find((change) => change.kind === kind && wanted(change));
  return found ?? lacking(`the apiserver's watches told nothing of ${what}; they told of ${inWords(told)}`);
}

const inWords = (told: readonly WatchEvent[]): string =>
  told
    .map(({ kind, type, object: { metadata, reason, message } }) =>
      kind === "Event" ? `${reason}: ${message}` : `${kind} ${metadata.name} ${type.toLowerCase()}`,
    )
    .join("; ") || "nothing";

/** Who says of an event that it was its doing. */
const actorOf = ({ source, reportingComponent }: WatchEvent["object"]): string =>
  source?.component || reportingComponent || "nobody";

const isOwnedBy =
  (owner: WatchEvent) =>
  ({ type, object }: WatchEvent): boolean =>
    type === "ADDED" &&
    object.metadata.ownerReferences.some((one) => one.controller && one.uid === owner.object.metadata.uid);

const isEventOf =
  (of: WatchEvent, reason: string) =>
  ({ object }: WatchEvent): boolean =>
    object.reason === reason && object.involvedObject?.name === of.object.metadata.name;

/** Reads the hops of one pod off what was seen. GuideFailure names the first that is missing. */
export function hopsOf({ askedAt, told, docker }: RolloutObservations): {
  hops: Step[];
  node: string;
  pod: string;
} {
  const deployment = first(told, "Deployment", "the Deployment", ({ type }) => type === "ADDED");
  const replicaSet = first(told, "ReplicaSet", "a ReplicaSet of the Deployment", isOwnedBy(deployment));
  const scaled = first(told, "Event", "who made it", isEventOf(deployment, "ScalingReplicaSet"));
  const pod = first(told, "Pod", "a pod of the ReplicaSet", isOwnedBy(replicaSet));
  const made = first(told, "Event", "who made the pod", isEventOf(replicaSet, "SuccessfulCreate"));
  const isOfPod = ({ object }: WatchEvent): boolean => object.metadata.name === pod.object.metadata.name;
  const bound = first(
    told,
    "Pod",
    "a node for the pod",
    (one) => isOfPod(one) && !!one.object.spec?.nodeName,
  );
  const scheduled = first(told, "Event", "who bound the pod", isEventOf(pod, "Scheduled"));
  const image = first(told, "Event", "the pod's image", isEventOf(pod, "Pulled"));
  const created = first(told, "Event", "a container that was created", isEventOf(pod, "Created"));
  const started = first(told, "Event", "a container that was started", isEventOf(pod, "Started"));
  const runs = first(
    told,
    "Pod",
    "a pod that runs",
    (one) => isOfPod(one) && one.object.status?.phase === "Running",
  );
  const node = bound.object.spec?.nodeName ?? "";

  const stored = (from: string, what: string, change: WatchEvent): Step => {
    const { resourceVersion: revision } = change.object.metadata;
    return {
      from,
      to: "apiserver",
      what: `${what}, revision ${revision}`,
      atMs: change.at - askedAt,
      revision,
    };
  };
  const kubelet = (event: WatchEvent): string =>
    `${actorOf(event.object)} ${event.object.source?.host ?? node}`;
  const inDocker = (of: "sandbox" | "container", action: string, event: WatchEvent): Step => {
    const own = docker.filter((one) => one.node === node && one.pod === pod.object.metadata.name);
    const found = own.find((one) => one.of === of && one.action === action);
    if (!found) lacking(`${node}'s Docker told nothing of ${of} ${action}; it told of ${dockerInWords(own)}`);
    return {
      from: kubelet(event),
      to: "Docker",
      what: `${of} ${action}: ${found.image}`,
      atMs: found.at - askedAt,
    };
  };
  return {
    node,
    pod: pod.object.metadata.name,
    hops: [
      stored("kubectl", "Deployment", deployment),
      stored(actorOf(scaled.object), "ReplicaSet", replicaSet),
      stored(actorOf(made.object), "Pod", pod),
      stored(actorOf(scheduled.object), `Pod bound to ${node}`, bound),
      inDocker("sandbox", "start", image),
      stored(kubelet(image), `event Pulled`, image),
      inDocker("container", "create", created),
      inDocker("container", "start", started),
      stored(kubelet(started), "event Started", started),
      stored(kubelet(started), "Pod runs", runs),
    ],
  };
}

const dockerInWords = (docker: readonly DockerEvent[]): string =>
  docker.map(({ of, action }) => `${of} ${action}`).join(", ") || "nothing";
