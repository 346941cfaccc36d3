import { expect } from "vitest";
import {
  capture,
  deviceTo,
  type ExecResult,
  type Frame,
  guards,
  headers,
  inNetworkOf,
  nodes,
  slowness,
  test,
  type Cluster,
  type Pod,
  sh,
} from "../cluster/index.ts";

/** What flannel's MTU leaves to a ping. */
const largest = 1450 - headers;
/** Told apart from the pings that look for the largest payload, which go to the same pods at the same time. */
const payload = 56;
const count = 3;

/** The clients' pods; the scheduler has put one on each node. */
async function clientsOf({ workload }: Cluster): Promise<Pod[]> {
  await workload.ready();
  const pods = await workload.pods("client");
  const placed = pods.map(({ machine }) => machine.name).toSorted();
  expect(placed, "the nodes that have a client").toEqual(nodes.map(({ name }) => name).toSorted());
  return pods;
}

async function pair(cluster: Cluster, source: string, target: string): Promise<{ from: Pod; to: Pod }> {
  const pods = await clientsOf(cluster);
  const on = (node: string): Pod =>
    pods.find(({ machine }) => machine.name === node) ?? expect.unreachable(`${node} has a client`);
  return { from: on(source), to: on(target) };
}

/** Each node to the next and the last to the first, so that packets leave every node and arrive at every node. */
const ring = nodes.map(({ name }, index) => [name, nodes[(index + 1) % nodes.length]?.name ?? name] as const);

if (nodes.length > 2) {
  test(
    "every pod is answered by the pods on all other nodes",
    { concurrent: true, meta: guards("ping", "pairs") },
    async ({ cluster, fact }) => {
      const pods = await clientsOf(cluster);
      const pairs = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => ({ from, to })));
      const answers = await Promise.all(
        pairs.map(async ({ from, to }) => {
          // Of another size than those that are captured.
          const { stdout } = await ping(from, to, `-c 2 -i 0.2 -s ${payload - 8}`);
          return stdout.includes("2 packets transmitted, 2 received") ? [] : [`${from.ip} to ${to.ip}`];
        }),
      );
      expect(answers.flat(), "pairs without an answer").toEqual([]);
      fact("pairs", pairs.length);
    },
  );
}

for (const [source, target] of nodes.length > 1 ? ring : []) {
  const name = `from the pod on ${source} to the pod on ${target}`;
  test(
    `${name}: answered, under the pod's own address, through flannel.1 and UDP port 8472`,
    { concurrent: true, meta: guards("ping", "pods") },
    async ({ cluster, fact }) => {
      const { from, to } = await pair(cluster, source, target);
      expect(from.machine.name, "on different nodes").not.toBe(to.machine.name);
      const [outDevice, inDevice] = await Promise.all([
        deviceTo(from.machine, to.machine.address),
        deviceTo(to.machine, from.machine.address),
      ]);
      const wanted = { target: to, payload, count };
      const captures = await Promise.all([
        capture({ kind: "interface", machine: from.machine, device: "flannel.1" }, wanted),
        capture({ kind: "wire", machine: from.machine, device: outDevice }, wanted),
        capture({ kind: "wire", machine: to.machine, device: inDevice }, wanted),
        capture({ kind: "interface", machine: to.machine, device: "flannel.1" }, wanted),
        capture({ kind: "pod", pod: to }, wanted),
      ]);
      const { exitCode, stdout } = await ping(from, to, `-c ${count} -i 0.2 -s ${payload}`);
      const [tunnelOut, wireOut, wireIn, tunnelIn, arrived] = await Promise.all(
        captures.map(async ({ frames }) => (await frames).map(addressesOf)),
      );
      expect(stdout).toContain(`${count} packets transmitted, ${count} received`);
      expect(exitCode).toBe(0);

      const inner = { from: from.ip, to: to.ip };
      const outer = { ...inner, outerFrom: from.machine.address, outerTo: to.machine.address };
      const places = { arrived, tunnelOut, wireOut, wireIn, tunnelIn };
      expect(places).toEqual({
        arrived: times(inner),
        tunnelOut: times(inner),
        wireOut: times(outer),
        wireIn: times(outer),
        tunnelIn: times(inner),
      });
      fact("pods", `${from.ip} on ${from.machine.name}, ${to.ip} on ${to.machine.name}`);
    },
  );

  test(
    `${name}: ${largest} bytes pass in one piece, and not a byte more`,
    { concurrent: true, meta: guards("ping", "size") },
    async ({ cluster, fact }) => {
      const { from, to } = await pair(cluster, source, target);
      const [fits, exceeds] = await Promise.all([
        ping(from, to, `-c 2 -i 0.2 -M do -s ${largest}`),
        ping(from, to, `-c 2 -i 0.2 -M do -s ${largest + 1}`),
      ]);
      expect(fits.stdout).toContain("2 packets transmitted, 2 received");
      expect(exceeds.exitCode, "one byte more is refused").not.toBe(0);
      expect(`${exceeds.stdout}${exceeds.stderr}`).toMatch(/message too long|frag needed/i);
      expect(exceeds.stdout).toContain(" 0 received");
      fact("largest payload", largest);
    },
  );
}

/** Whose packet it is: inner addresses, and outer ones if it went through the tunnel. */
type Packet = {
  readonly from: string;
  readonly to: string;
  readonly outerFrom?: string;
  readonly outerTo?: string;
};

const addressesOf = ({ from, to, outer }: Frame): Packet => ({
  from,
  to,
  ...(outer && { outerFrom: outer.from, outerTo: outer.to }),
});

const times = (packet: Packet): Packet[] => Array.from({ length: count }, () => packet);

/** ping of the machine, for busybox's has no `-M`, in the network of the pod. */
async function ping(from: Pod, to: Pod, options: string): Promise<ExecResult> {
  const command = sh`ping -n -W ${2 * slowness} ${options} ${to.ip}`;
  return from.machine.run(await inNetworkOf(from, command, "machine"), { deadline: 15_000 });
}
