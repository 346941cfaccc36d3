import {
  capture,
  deviceTo,
  expect,
  expectAnswered,
  expectList,
  expectSeen,
  guards,
  inOnePiece,
  lacking,
  largestPayload,
  nodes,
  ping,
  pinged,
  test,
  type Cluster,
  type Pod,
} from "../cluster/index.ts";
import { addressesOf, packetDifferences } from "./packet-difference.ts";

/** Told apart from the pings that look for the largest payload, which go to the same pods at the same time. */
const payload = 56;
const count = 3;

/** The clients' pods; the scheduler has put one on each node. */
async function clientsOf({ workload }: Cluster): Promise<Pod[]> {
  await workload.ready();
  const pods = await workload.pods("client");
  const placed = pods.map(({ machine }) => machine.name).toSorted();
  expectList("nodes that have a client", placed, nodes.map(({ name }) => name).toSorted());
  return pods;
}

async function pair(cluster: Cluster, source: string, target: string): Promise<{ from: Pod; to: Pod }> {
  const pods = await clientsOf(cluster);
  const on = (node: string): Pod =>
    pods.find(({ machine }) => machine.name === node) ?? lacking(`${node} has no client`);
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
          const asked = pinged(await ping(from, to, 2, `-s ${payload - 8}`), 2);
          return { ...asked, way: `${from.ip} to ${to.ip}` };
        }),
      );
      for (const { way, ...asked } of answers) expectAnswered(asked, `a pod is not answered: ${way}`);
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
      const [sourceNode, targetNode] = [from.machine.name, to.machine.name];
      expect(sourceNode, `both pods are on ${sourceNode}`).not.toBe(targetNode);
      const [outDevice, inDevice] = await Promise.all([
        deviceTo(from.machine, to.machine.address),
        deviceTo(to.machine, from.machine.address),
      ]);
      const wanted = { targets: [to], payload, count };
      const captures = await Promise.all([
        capture({ kind: "interface", machine: from.machine, device: "flannel.1" }, wanted),
        capture({ kind: "wire", machine: from.machine, device: outDevice }, wanted),
        capture({ kind: "wire", machine: to.machine, device: inDevice }, wanted),
        capture({ kind: "interface", machine: to.machine, device: "flannel.1" }, wanted),
        capture({ kind: "pod", pod: to }, wanted),
      ]);
      const sent = await ping(from, to, count, `-s ${payload}`);
      const { exitCode, stdout } = sent;
      const looks = await Promise.all(captures.map(({ seen }) => seen));
      const [tunnelOut, wireOut, wireIn, tunnelIn, arrived] = looks.map(({ frames }) =>
        frames.map(addressesOf),
      );
      expectAnswered(
        pinged(sent, count),
        `${from.ip} on ${source} pings ${to.ip} on ${target}: ${statistics(stdout)}`,
      );
      expect(exitCode, `ping from ${from.ip} to ${to.ip} exits with ${exitCode}`).toBe(0);

      const inner = { from: from.ip, to: to.ip };
      const outer = { ...inner, outerFrom: from.machine.address, outerTo: to.machine.address };
      const looked = [
        [`pod on ${target}`, arrived, inner],
        [`flannel.1 of ${source}`, tunnelOut, inner],
        [`wire of ${source}`, wireOut, outer],
        [`wire of ${target}`, wireIn, outer],
        [`flannel.1 of ${target}`, tunnelIn, inner],
      ] as const;
      const wrong = looked.flatMap(([place, packets = [], packet]) =>
        packetDifferences(packets, { place, packet, count }),
      );
      const told = `the ping of ${source}'s pod to ${target}'s: ${wrong.join("; ")}`;
      expectSeen(looks, count, told);
      expect(wrong, `the ping of ${source}'s pod to ${target}'s: ${wrong.join("; ")}`).toEqual([]);
      fact("pods", `${from.ip} on ${from.machine.name}, ${to.ip} on ${to.machine.name}`);
    },
  );

  test(
    `${name}: what the tunnel has room for passes in one piece, and not a byte more`,
    { concurrent: true, meta: guards("ping", "size") },
    async ({ cluster, fact }) => {
      const { from, to } = await pair(cluster, source, target);
      const largest = await largestPayload(from.machine);
      const [fits, exceeds] = await Promise.all([
        ping(from, to, 2, inOnePiece(largest)),
        ping(from, to, 2, inOnePiece(largest + 1)),
      ]);
      const way = `from ${from.ip} on ${source} to ${to.ip} on ${target}`;
      expectAnswered(pinged(fits, 2), `${largest} bytes ${way}: ${statistics(fits.stdout)}`);
      const more = `${largest + 1} bytes ${way}`;
      expect(exceeds.exitCode, `${more} pass: ${statistics(exceeds.stdout)}`).not.toBe(0);
      const said = `${exceeds.stdout}${exceeds.stderr}`;
      expect(said, `${more} are lost, but not refused: ${said.trim()}`).toMatch(
        /message too long|frag needed/i,
      );
      expect(exceeds.stdout, `${more} pass: ${statistics(exceeds.stdout)}`).toContain(" 0 received");
      fact("largest payload", largest);
    },
  );
}

/** What ping says of all its packets. */
const statistics = (stdout: string): string =>
  /\d+ packets transmitted.*/.exec(stdout)?.[0] ?? (stdout.trim() || "ping says nothing");
