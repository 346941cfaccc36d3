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
import { createPod, inWords, type OwnPod, podOf, runningPod } from "./pods.ts";

const image = "guide-workload:1";

/** A container as Docker has it; the state is `gone` if it has none of that name. */
type State = { readonly status: string; readonly pid: string; readonly startedAt: string };

/** GuideFailure if Docker does not say. */
async function stateOf(node: SuiteMachine, container: string): Promise<State> {
  const format = "{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}";
  const { exitCode, stdout, stderr } = await node.result(
    sh`docker inspect --format '${format}' ${container}`,
  );
  if (exitCode !== 0 && !/no such (?:object|container)/i.test(stderr))
    lacking(`Docker of ${node.name} does not say what became of ${container}: ${stderr.trim()}`);
  const [status = "", pid = "", startedAt = ""] = stdout.trim().split(" ");
  return { status: status || "gone", pid, startedAt };
}

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

async function foreignOn(node: SuiteMachine) {
  const uid = randomUUID();
  const [alive, dead, posed] = [`${ownContainers}${uid}`, `${ownContainers}dead-${uid}`, posedAsPod(uid)];
  try {
    await node.succeed(sh`docker run -d --network none --name ${alive} ${image}
docker run -d --network none --name ${dead} ${image}
docker kill ${dead}`);
    const before = { alive: await stateOf(node, alive), dead: await stateOf(node, dead) };
    await node.succeed(sh`docker run -d --network none --name ${posed.name} ${posed.labels} ${image}`);
    await eventually(() => stateOf(node, posed.name), {
      describe: `the kubelet of ${node.name} has stopped a container that poses as a pod's and belongs to none`,
      deadline: 20_000,
      until: ({ status }) => status !== "running",
      show: ({ status }) => `it is ${status}`,
    });
    return { node, before, after: { alive: await stateOf(node, alive), dead: await stateOf(node, dead) } };
  } finally {
    await node.run(sh`docker rm -f ${alive} ${dead} ${posed.name}`);
  }
}

/** Of each node: a pod before and after its container was killed behind the kubelet's back. */
export const restartedContainer = oncePer((cluster: Cluster) =>
  Promise.all(cluster.nodes.map((node) => restartedOn(cluster, node))),
);

async function restartedOn(cluster: Cluster, node: SuiteMachine) {
  const name = `restarted-on-${node.name}`;
  await createPod(cluster, name, { nodeName: node.address });
  const before: OwnPod = await runningPod(cluster, name);
  await node.succeed(sh`docker kill ${before.container}`);
  const after = await eventually(() => podOf(cluster, name), {
    describe: `the kubelet of ${node.name} has started the container of the pod ${name} again`,
    deadline: 20_000,
    until: ({ container, isRunning }) => isRunning && container !== before.container,
    show: inWords,
  });
  return { node, before, after, state: await stateOf(node, after.container ?? "") };
}
