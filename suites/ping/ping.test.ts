import { expect } from "vitest";
import { inNetworkOf, test, type Cluster, type Pod } from "../cluster/index.ts";
import { capture, headers, type Packet } from "./capture.ts";

const sections = ["4.1", "4.2.3", "4.2.4", "4.2.5", "5.3"];
/** What flannel's MTU leaves to a ping. */
const largest = 1450 - headers;
/** Told apart from the pings that look for the largest payload, which go to the same pods at the same time. */
const payload = 56;
const count = 3;

/** Two pods, on the node that the direction starts from and on the other. */
async function pair({ workload, nodes }: Cluster, direction: Direction): Promise<{ from: Pod; to: Pod }> {
  await workload.ready();
  const pods = await workload.pods("client");
  const [first, second] = nodes.map((node) => pods.find(({ machine }) => machine === node));
  if (!first || !second) {
    const placed = pods.map(({ name, machine }) => `${name} on ${machine.name}`).join(", ");
    return expect.unreachable(`The scheduler put a client on each node, but there is ${placed || "none"}`);
  }
  return direction === "there" ? { from: first, to: second } : { from: second, to: first };
}

type Direction = "there" | "back";

for (const [direction, name] of [
  ["there", "from the pod on t72 to the pod on t76"],
  ["back", "from the pod on t76 to the pod on t72"],
] as const) {
  test(
    `${name}: answered, under the pod's own address, through flannel.1 and UDP port 8472`,
    { concurrent: true, meta: { sections } },
    async ({ cluster, fact }) => {
      const { from, to } = await pair(cluster, direction);
      expect(from.machine.name, "on different nodes").not.toBe(to.machine.name);
      const [outDevice, inDevice] = await Promise.all([
        deviceTo(from, to.machine.address),
        deviceTo(to, from.machine.address),
      ]);
      const wanted = { target: to, payload, count };
      const captures = await Promise.all([
        capture({ kind: "tunnel", machine: from.machine }, wanted),
        capture({ kind: "wire", machine: from.machine, device: outDevice }, wanted),
        capture({ kind: "wire", machine: to.machine, device: inDevice }, wanted),
        capture({ kind: "tunnel", machine: to.machine }, wanted),
        capture({ kind: "pod", pod: to }, wanted),
      ]);
      const { exitCode, stdout } = await ping(from, to, `-c ${count} -i 0.2 -s ${payload}`);
      const [tunnelOut, wireOut, wireIn, tunnelIn, arrived] = await Promise.all(
        captures.map(({ packets }) => packets),
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
    { concurrent: true, meta: { sections } },
    async ({ cluster, fact }) => {
      const { from, to } = await pair(cluster, direction);
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

const times = (packet: Packet): Packet[] => Array.from({ length: count }, () => packet);

/** ping of the machine, for busybox's has no `-M`, in the network of the pod. */
const ping = (from: Pod, to: Pod, options: string) =>
  from.machine.run(inNetworkOf(from, `ping -n -W 2 ${options} ${to.ip}`), { deadline: 15_000 });

/** The interface through which a pod's machine reaches an address. */
async function deviceTo({ machine }: Pod, address: string): Promise<string> {
  const route = await machine.succeed(`ip route get ${address}`);
  return (
    / dev (\S+)/.exec(route)?.[1] ?? expect.unreachable(`${machine.name} has a route to ${address}: ${route}`)
  );
}
