import {
  type Cluster,
  type ExecResult,
  InfrastructureError,
  oncePer,
  profile,
  sh,
  slowness,
} from "../cluster/index.ts";

const { kubernetes, kubeProxy, ports, programs } = profile;

/** A network of its own for one program, joined to the machine by a pair of interfaces: all that it sends passes there. */
const [name, own, inside] = ["guide-kubectl", "169.254.77.1", "169.254.77.2"];

/** Where the last packet goes: who has seen that has seen all before it. */
const last = `${own}:9`;

/** Makes the network, prints what leaves it, and ends with its standard input, after the last packet; with it goes the network. */
const network = sh`exec 3<&0
# The first named network of a machine comes with a mount, which stays.
before=$(grep ' /run/netns ' /proc/self/mounts)
trap 'ip netns del ${name}; [ -n "$before" ] || { umount /run/netns; rmdir /run/netns; } 2>/dev/null' EXIT
ip netns add ${name} &&
ip link add ${name} type veth peer name eth0 netns ${name} &&
ip addr add ${own}/30 dev ${name} && ip link set ${name} up &&
nsenter --net=/run/netns/${name} sh -ec 'ip addr add ${inside}/30 dev eth0; ip link set eth0 up; ip route add default via ${own}' || exit
tcpdump -nn -l --immediate-mode -i ${name} 'ip and src host ${inside}' | sed '/ > ${last.replace(":", ".")}: /q' &
cat <&3 >/dev/null
nsenter --net=/run/netns/${name} bash -c 'echo > /dev/udp/${last.replace(":", "/")}'
timeout ${10 * slowness} tail -f -s 0.02 --pid=$! /dev/null`;

/**
 * Whom kubectl sends anything while it lists services as kube-proxy's user, `ADDRESS:PORT`; and what it prints. InfrastructureError if
 * not all of that was seen: tcpdump had no time to read it.
 */
export const kubectlAlone = oncePer(
  async ({ master }: Cluster): Promise<{ to: string[]; printed: string }> => {
    const end = await master.hold(network, /listening on/);
    let sent: ExecResult | undefined;
    const server = `--server=https://${master.address}:${ports.apiserver} --certificate-authority=${kubernetes.ca}`;
    // A port's configuration names another user, and kubectl refuses two.
    const client = `--kubeconfig=/dev/null --client-certificate=${kubeProxy.certificate} --client-key=${kubeProxy.key}`;
    try {
      const printed = await master.succeed(
        sh`nsenter --net=/run/netns/${name} ${programs.kubectl} ${server} ${client} get services --all-namespaces`,
      );
      sent = await end();
      const to = receivers(sent.stdout);
      const others = to.filter((one) => one !== last);
      if (others.length > 0 && others.length < to.length) return { to: others, printed };
      throw new InfrastructureError(`${master.name}: not all was seen of what kubectl sent for its answer`, {
        machine: master.name,
        outputTail: sent.stderr,
        hint: "Try again when the machine is less busy.",
      });
    } finally {
      if (!sent) await end();
    }
  },
);

/** tcpdump's lines: `IP 10.0.0.1.41420 > 10.0.0.2.6443: Flags …`, or without ports. */
const receivers = (text: string): string[] => {
  const all = [...text.matchAll(/ > (\d+(?:\.\d+){3})(?:\.(\d+))?: /g)];
  return [
    ...new Set(all.map(([, address, port]) => (port ? `${address}:${port}` : `${address}`))),
  ].toSorted();
};
