import { randomUUID } from "node:crypto";
import {
  type Cluster,
  eventually,
  lacking,
  oncePer,
  ownContainers,
  sh,
  type SuiteMachine,
} from "../cluster/index.ts";
import { boundByHand } from "./control.ts";
import { createPod, inWords, type OwnPod, podOf, runningPod } from "./pods.ts";

const image = "guide-workload:1";

/** A container as Docker has it; the state is `gone` if it has none of that name. */
type State = { readonly status: string; readonly pid: string; readonly startedAt: string };

const gone: State = { status: "gone", pid: "", startedAt: "" };
const isNone = (line: string): boolean => /no such (?:object|container)/i.test(line);

/**
 * Containers by their names or ids, in this order; one call of Docker for all. If `after` is given, once that command has ended, however
 * it did. GuideFailure if Docker does not say.
 */
async function statesOf(node: SuiteMachine, names: readonly string[], after = ""): Promise<State[]> {
  const format = "{{.Name}} {{.Id}} {{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}";
  const inspect = sh`docker inspect --format '${format}' ${names.join(" ")}`;
  const { exitCode, stdout, stderr } = await node.result(
    after === "" ? inspect : sh`${after} >/dev/null 2>&1; ${inspect}`,
  );
  const complaints = stderr.split("\n").filter((line) => line.trim() !== "" && !isNone(line));
  if (exitCode !== 0 && (complaints.length > 0 || !isNone(stderr)))
    lacking(`Docker of ${node.name} does not say what became of ${names.join(", ")}: ${stderr.trim()}`);
  const found = stdout.split("\n").map((line) => line.trim().split(" "));
  return names.map((name) => {
    const own = found.find(([called, id]) => called === `/${name}` || id === name);
    const [, , status = "", pid = "", startedAt = ""] = own ?? [];
    return own ? { status, pid, startedAt } : gone;
  });
}

/** Seconds for which Docker is waited for at a time. */
const slice = 5;

/** What the kubelet knows a pod's sandbox by (pkg/kubelet/dockershim): a name, and labels. */
function posedAsPod(uid: string): { name: string; labels: string } {
  const labels = {
    "io.kubernetes.docker.type": "podsandbox",
    "io.kubernetes.container.name": "POD",
    "io.kubernetes.pod.name": "guide-suites-posed",
    "io.kubernetes.pod.namespace": "default",
    "io.kubernetes.pod.uid": uid,
  };
  return {
    name: `k8s_POD_guide-suites-posed_default_${uid}_0`,
    labels: Object.entries(labels)
      .map(([key, value]) => `--label ${key}=${value}`)
      .join(" "),
  };
}

/**
 * Of each node: two containers that Docker was told to run by hand, one of which dies, and one that poses as the sandbox of a pod which
 * nobody created: once the kubelet has done away with that, it has seen the others, too.
 */
export const foreignContainers = oncePer(({ nodes }: Cluster) => Promise.all(nodes.map(foreignOn)));

const pair = ([alive = gone, dead = gone]: readonly State[]) => ({ alive, dead });

async function foreignOn(node: SuiteMachine) {
  const uid = randomUUID();
  const [alive, dead, posed] = [`${ownContainers}${uid}`, `${ownContainers}dead-${uid}`, posedAsPod(uid)];
  try {
    // Without a network of their own and without a server, for neither is looked at here.
    await node.succeed(sh`docker run -d --network host --name ${alive} --entrypoint /bin/pause ${image} &&
docker run --network host --name ${dead} --entrypoint /bin/true ${image}`);
    const before = pair(await statesOf(node, [alive, dead]));
    await node.succeed(
      sh`docker run -d --network host --name ${posed.name} ${posed.labels} --entrypoint /bin/pause ${image}`,
    );
    const [, ...others] = await eventually(
      // The one that poses is asked first: what the others are is what they are after that.
      () => statesOf(node, [posed.name, alive, dead], sh`timeout ${slice} docker wait ${posed.name}`),
      {
        describe: `the kubelet of ${node.name} has stopped a container that poses as a pod's and belongs to none`,
        deadline: 20_000,
        until: ([its]) => its?.status !== "running",
        show: ([its]) => `it is ${its?.status}`,
      },
    );
    return { node, before, after: pair(others) };
  } finally {
    await node.run(sh`docker rm -f ${alive} ${dead} ${posed.name}`);
  }
}

/** Of each node: a pod before and after its container was killed behind the kubelet's back. */
export const restartedContainer = oncePer((cluster: Cluster) =>
  Promise.all(cluster.nodes.map((node) => restartedOn(cluster, node))),
);

/** A pod on a node: the one that is bound there by hand, if it is, so that there need not be two. */
async function podOn(cluster: Cluster, node: SuiteMachine): Promise<string> {
  if (node === cluster.nodes.at(-1)) {
    const own = await boundByHand(cluster).catch(() => undefined);
    if (own?.bound.node === node.address) return own.name;
  }
  const name = `restarted-on-${node.name}`;
  await createPod(cluster, name, { nodeName: node.address });
  return name;
}

async function restartedOn(cluster: Cluster, node: SuiteMachine) {
  const name = await podOn(cluster, node);
  const before: OwnPod = await runningPod(cluster, name);
  await node.succeed(sh`docker kill ${before.container}`);
  const after = await eventually(() => podOf(cluster, name), {
    describe: `the kubelet of ${node.name} has started the container of the pod ${name} again`,
    deadline: 20_000,
    interval: 250,
    until: ({ container, isRunning }) => isRunning && container !== before.container,
    show: inWords,
  });
  const [state = gone] = await statesOf(node, [after.container ?? ""]);
  return { node, before, after, state };
}
