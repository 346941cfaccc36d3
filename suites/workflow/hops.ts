import { GuideFailure, type Hop, lacking } from "../cluster/index.ts";
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

/** How far a Deployment has come on its way: the hops in their order, of one pod, and in words the first that is missing, if one is. */
export type Way = {
  readonly hops: readonly Step[];
  readonly node: string;
  readonly pod: string;
  readonly missing?: string;
};

/** The first change of a kind that meets a condition; GuideFailure with `missing`, and what there was, if none does. */
function first(
  told: readonly WatchEvent[],
  kind: Kind,
  missing: string,
  wanted: (change: WatchEvent) => boolean,
): WatchEvent {
  const found = told.find((change) => change.kind === kind && wanted(change));
  return found ?? lacking(`${missing} (the apiserver's watches told of ${inWords(told)})`);
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

/** Reads the hops of one pod off what was seen, up to the first that is missing. */
export function hopsOf({ askedAt, told, docker }: RolloutObservations): Way {
  const hops: Step[] = [];
  let [node, pod] = ["", ""];

  const stored = (from: string, what: string, change: WatchEvent): void => {
    const { resourceVersion: revision } = change.object.metadata;
    const words = `${what}, revision ${revision}`;
    hops.push({ from, to: "apiserver", what: words, atMs: change.at - askedAt, revision });
  };
  const kubelet = (event: WatchEvent): string =>
    `${actorOf(event.object)} ${event.object.source?.host ?? node}`;
  const inDocker = (of: "sandbox" | "container", action: string, event: WatchEvent): void => {
    const own = docker.filter((one) => one.node === node && one.pod === pod);
    const found = own.find((one) => one.of === of && one.action === action);
    if (!found) lacking(`${node}'s Docker told nothing of ${of} ${action}; it told of ${dockerInWords(own)}`);
    const what = `${of} ${action}: ${found.image}`;
    hops.push({ from: kubelet(event), to: "Docker", what, atMs: found.at - askedAt });
  };
  const follow = (): void => {
    const deployment = first(
      told,
      "Deployment",
      "no Deployment was stored by the apiserver",
      ({ type }) => type === "ADDED",
    );
    stored("kubectl", "Deployment", deployment);

    const noSet = "no ReplicaSet was made by the controller-manager";
    const replicaSet = first(told, "ReplicaSet", noSet, isOwnedBy(deployment));
    const isScaling = isEventOf(deployment, "ScalingReplicaSet");
    const scaled = first(told, "Event", "no event says who made the ReplicaSet", isScaling);
    stored(actorOf(scaled.object), "ReplicaSet", replicaSet);

    const made = first(told, "Pod", "no pod was made by the controller-manager", isOwnedBy(replicaSet));
    const isCreate = isEventOf(replicaSet, "SuccessfulCreate");
    const maker = first(told, "Event", "no event says who made the pod", isCreate);
    stored(actorOf(maker.object), "Pod", made);
    pod = made.object.metadata.name;

    const isOfPod = ({ object }: WatchEvent): boolean => object.metadata.name === pod;
    const bound = first(
      told,
      "Pod",
      "no pod was bound by the scheduler",
      (one) => isOfPod(one) && !!one.object.spec?.nodeName,
    );
    const scheduled = first(told, "Event", "no event says who bound the pod", isEventOf(made, "Scheduled"));
    node = bound.object.spec?.nodeName ?? "";
    stored(actorOf(scheduled.object), `Pod bound to ${node}`, bound);

    const byKubelet = (what: string): string => `no ${what} by the kubelet of ${node}`;
    const of = (reason: string, what: string): WatchEvent =>
      first(told, "Event", byKubelet(what), isEventOf(made, reason));
    const image = of("Pulled", "image was found for the pod");
    inDocker("sandbox", "start", image);
    stored(kubelet(image), "event Pulled", image);
    inDocker("container", "create", of("Created", "container was created"));
    const started = of("Started", "container was started");
    inDocker("container", "start", started);
    stored(kubelet(started), "event Started", started);
    const runs = first(
      told,
      "Pod",
      byKubelet("pod was said to run"),
      (one) => isOfPod(one) && one.object.status?.phase === "Running",
    );
    stored(kubelet(started), "Pod runs", runs);
  };
  try {
    follow();
    return { hops, node, pod };
  } catch (thrown) {
    if (!(thrown instanceof GuideFailure)) throw thrown;
    return { hops, node, pod, missing: thrown.message };
  }
}

const dockerInWords = (docker: readonly DockerEvent[]): string =>
  docker.map(({ of, action }) => `${of} ${action}`).join(", ") || "nothing";
