import {
  type Asked,
  type Cluster,
  oncePer,
  type Pod,
  type Service,
  type Services,
  sh,
  slowness,
  type SuiteMachine,
  inNetworkOf,
} from "../cluster/index.ts";
import { fetchedIn, fetching, fillCommand } from "./bulk.ts";
import { rulesLeadTo } from "../kube-proxy/services.ts";

/** Of one client: which backends answered, by name, in the order of its requests; empty for one that had no answer. */
export type UdpAnswers = Asked & { readonly client: string; readonly answers: readonly string[] };

/** Without affinity, a backend is left out with a chance of 3 × (2/3)^60, and all are the same with 3 × (1/3)^60. */
const requests = 60;

/** To the NodePort of each node: enough to see that it leads to a backend, for by ClusterIP the same rules share the requests out. */
const requestsByNodePort = 3;

/** Of a request, and less than of its answer: much of a packet, and no more than a tunnel takes. */
export const datagram = 1200;

/** What stands for the answer to a request that was turned down at once. No pod is called so. */
const refused = "refused";

const python = sh`"$(command -v python3 || command -v python)"`;

/** Answers each datagram with a name and what it was sent, until its standard input ends. busybox, the pods' only program, has no server for UDP. */
const server = (name: string): string => `import os, select, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 8080))
os.write(2, b"answers")
while True:
    ready = select.select([s, 0], [], [])[0]
    if 0 in ready and not os.read(0, 64): break
    if s in ready:
        sent, who = s.recvfrom(65536)
        s.sendto(b"${name} " + sent, who)`;

/** Of each service in turn: each request from a port of its own, and up to three times, for UDP may lose it; and the seconds of all. */
const client = (
  services: readonly Service[],
  sources: readonly Service[],
  count = requests,
): string => `import socket, time
sent = b"who".ljust(${datagram}, b".")
for target in [${services.map(({ ip, port }) => `("${ip}", ${port})`).join(", ")}]:
    begun = time.time()
    for i in range(${count}):
        answer = b""
        for attempt in range(3):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(${0.5 * slowness})
            try:
                s.connect(target)
                s.send(sent)
                answer, _, back = s.recv(65536).partition(b" ")
                if back != sent: answer += b" with other bytes than were sent"
                break
            except socket.timeout: answer = b""
            except socket.error: answer = b"${refused}"
        print(answer.decode())
        if answer in (b"", b"${refused}"): break
    print("took %f" % (time.time() - begun))
${fetching(sources)}`;

/**
 * What each node and each client's pod is answered by UDP, through a service without and one with session affinity, and another machine
 * at each node's NodePort of the former; and what it fetches by TCP, from each backend and through a service.
 */
export const askedByUdp = oncePer(async (cluster: Cluster) => {
  const { workload, master, nodes } = cluster;
  await workload.ready();
  const [backends, clients, clusterIp, stickyIp, overTcp] = await Promise.all([
    workload.pods("backend"),
    workload.pods("client"),
    workload.service("backend-udp"),
    workload.service("backend-udp-sticky"),
    workload.service("backend"),
  ]);
  const sources = [...backends.map(({ ip }) => ({ ip, port: 8080 })), overTcp];
  return servedByUdp(cluster, backends, [clusterIp, stickyIp, overTcp], async () => {
    const ask = byPython(client([clusterIp, stickyIp], sources));
    const [all, byNodePort] = await Promise.all([
      Promise.all([
        ...nodes.map((node) => askFrom(node.name, node, ask)),
        ...clients.map(async (pod) => askFrom(pod.name, pod.machine, await inNetworkOf(pod, ask, "machine"))),
      ]),
      // Each is asked by the machine before it: what a node asks itself does not come in from outside.
      Promise.all(nodes.map((node, index) => askAtNodePort(nodes[index - 1] ?? master, node, clusterIp))),
    ]);
    return {
      byNodePort,
      backends: backends.map(({ name }) => name),
      plain: all.map(({ plain }) => plain),
      sticky: all.map(({ sticky }) => sticky),
      fetched: all.map(({ plain: { client: who }, from }) => ({ client: who, from })),
    };
  });
});

/** What comes of work while backends answer by UDP, once the rules of each node for some services lead to them. */
export async function servedByUdp<T>(
  { nodes }: Cluster,
  backends: readonly Pod[],
  services: readonly Service[],
  work: () => Promise<T>,
): Promise<T> {
  const servers = await Promise.all(backends.map((pod) => serve(pod)));
  try {
    await Promise.all(nodes.map((node) => rulesLeadTo(node, services, backends)));
    return await work();
  } finally {
    await Promise.all(servers.map((release) => release()));
  }
}

/** What a pod is answered by UDP through a service. */
export async function askByUdp(pod: Pod, service: Service): Promise<UdpAnswers> {
  const ask = await inNetworkOf(pod, byPython(client([service], [])), "machine");
  const { plain } = await askFrom(pod.name, pod.machine, ask);
  return plain;
}

async function askAtNodePort(
  from: SuiteMachine,
  { address }: SuiteMachine,
  { nodePort }: Services["nodePort"],
): Promise<UdpAnswers & { readonly address: string; readonly target: string }> {
  const ask = byPython(client([{ ip: address, port: nodePort }], [], requestsByNodePort));
  const { plain } = await askFrom(from.name, from, ask, requestsByNodePort);
  return { ...plain, address, target: `${address}:${nodePort}` };
}

/** Without what Python looks for on the machine beside its own modules, which takes longer than the program. */
const byPython = (program: string): string => sh`${python} -E -S -c '${program}'`;

const serve = async (pod: Pod): Promise<() => Promise<unknown>> => {
  const [fill, answer] = await Promise.all([
    inNetworkOf(pod, fillCommand, "pod"),
    inNetworkOf(pod, byPython(server(pod.name)), "machine"),
  ]);
  return pod.machine.hold(sh`${fill} && ${answer}`, /answers/);
};

async function askFrom(who: string, machine: SuiteMachine, command: string, count = requests) {
  const stdout = await machine.succeed(command);
  const [plain = "", plainTook = "", sticky = "", stickyTook = "", rest = ""] = stdout.split(/^took (.*)\n/m);
  return {
    plain: answersOf(who, plain, plainTook, count),
    sticky: answersOf(who, sticky, stickyTook, count),
    from: fetchedIn(rest),
  };
}

/** From what the client printed: an empty line, or `refused`, for the request that had no answer. */
export function answersOf(who: string, text: string, seconds: string, count = requests): UdpAnswers {
  const lines = text.split("\n").slice(0, -1);
  const printed = lines.map((line) => (line === refused ? "" : line));
  // Whoever has no answer once does not go on.
  const answers = [...printed, ...Array.from({ length: count - printed.length }, () => "")];
  const unanswered = answers.filter((answer) => answer === "").length;
  const asked = { unanswered, milliseconds: 1000 * Number(seconds) };
  // Those after it were not sent.
  return { client: who, answers, ...asked, ...(lines.includes(refused) && { refused: unanswered }) };
}
