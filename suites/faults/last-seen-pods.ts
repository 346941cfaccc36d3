import {
  askDirectly,
  type Cluster,
  GuideFailure,
  InfrastructureError,
  inNetworkOf,
  lacking,
  type Pod,
  sh,
  slowness,
  type SuiteMachine,
} from "../cluster/index.ts";
import { allPods } from "../reboot/state.ts";
import { lostWords, trackedScript, unansweredIn } from "./probes/stale-connections.ts";

/** Requests of one look, so many that a backend that does not answer is met soon. */
const requests = 4;
/** Seconds for a connection: a lost packet is sent again after one (RFC 6298). */
const patience = 2 * slowness;

export type LastSeenPods = Awaited<ReturnType<typeof lastSeenPods>>;

/** The suites' pods as they were last seen: while nobody can ask the API, they are where they were. */
export async function lastSeenPods(cluster: Cluster) {
  const { workload } = cluster;
  const [first, { clusterIp: backend }, changing] = await Promise.all([
    allPods(cluster),
    workload.services(),
    workload.service("changing"),
  ]);
  let seen: readonly Pod[] = first;
  const on = ({ name }: SuiteMachine): Pod[] => seen.filter(({ machine }) => machine.name === name);
  /** The client on a node; GuideFailure if there is none. */
  const client = (node: SuiteMachine): Pod =>
    on(node).find(({ app }) => app === "client") ?? lacking(`${node.name} has no client`);
  return {
    /** The service behind which a suite puts backends. */
    changing,
    on,
    client,

    /** Sees the pods anew. What cannot be seen now, such as a pod between two containers, stays as it was. */
    async look(): Promise<void> {
      try {
        seen = await allPods(cluster);
      } catch (thrown) {
        if (!(thrown instanceof GuideFailure || thrown instanceof InfrastructureError)) throw thrown;
      }
    },

    backendNodes: (): string[] =>
      seen.filter(({ app }) => app === "backend").map(({ machine }) => machine.name),

    /** Which pods of a node do not answer on it. */
    async silentOn(node: SuiteMachine): Promise<string> {
      const pods = on(node);
      if (pods.length === 0) return `no pod runs on ${node.name}`;
      const answers = await Promise.all(pods.map(askDirectly));
      const silent = pods.filter(({ name }, index) => answers[index] !== name).map(({ name }) => name);
      return silent.length === 0 ? "" : `no answer from ${silent.join(", ")}`;
    },

    /** Which clients do not reach those of other nodes. */
    async lostAcross(): Promise<string> {
      const clients = cluster.nodes.map(client);
      const lost = await Promise.all(
        clients.map(async (from, index) => {
          const to = clients[(index + 1) % clients.length] ?? from;
          const answer = await asked(from, `http://${to.ip}:8080/`);
          return answer.trim() === to.name ? [] : [`${from.ip} to ${to.ip}`];
        }),
      );
      return lost.flat().length === 0 ? "" : `no answer from ${lost.flat().join(", ")}`;
    },

    /**
     * How many requests of a node's client to the service of all backends had no answer. One does not count that connection tracking
     * sent where another had gone before: no rule sends it there any more, and the next one from another port is answered.
     */
    async unansweredFrom(node: SuiteMachine): Promise<string> {
      const { ip, port } = backend;
      const began = performance.now();
      const answers = await asked(client(node), `"http://${ip}:${port}/?[1-${requests}]"`);
      const missing = requests - answers.split("\n").filter((line) => line !== "").length;
      if (missing === 0) return "";
      const { stdout } = await node.run(trackedScript, { deadline: 20_000 });
      const seconds = (performance.now() - began) / 1000 + 1;
      return lostWords(missing, requests, unansweredIn(stdout, ip, seconds));
    },
  };
}

/** What is answered to requests from a pod's network, a line each. */
async function asked(pod: Pod, url: string): Promise<string> {
  const curl = sh`curl -0 -s --connect-timeout ${patience} --max-time ${1.5 * patience} -w '\n' ${url}`;
  const { stdout } = await pod.machine.run(await inNetworkOf(pod, curl, "machine"), { deadline: 20_000 });
  return stdout;
}
