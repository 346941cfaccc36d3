import {
  type Cluster,
  type ExecResult,
  GuideFailure,
  InfrastructureError,
  oncePer,
  profile,
  sh,
  slowness,
} from "../cluster/index.ts";

const { kubernetes, kubeProxy, ports, programs } = profile;

/** A network of its own for one program, joined to the machine by a pair of interfaces, and with a loopback of its own. */
const [name, own, inside] = ["guide-kubectl", "169.254.77.1", "169.254.77.2"];
const [ownV6, insideV6] = ["fd77::1", "fd77::2"];

/** Where the last packet goes: who has seen that has seen all before it. */
const last = { address: own, port: 9 };

/**
 * Makes the network, prints what is sent in it, and ends with its standard input, after the last packet; with it goes the network. The
 * way out by IPv6 leads nowhere, but what is sent there is seen.
 */
const network = sh`exec 3<&0
# The first named network of a machine comes with a mount, which stays. A network lasts as long as a program is in it.
before=$(grep ' /run/netns ' /proc/self/mounts)
trap 'ip netns pids ${name} | xargs -r kill; ip link del ${name}; ip netns del ${name}; [ -n "$before" ] || { umount /run/netns; rmdir /run/netns; } 2>/dev/null' EXIT
ip netns add ${name} &&
ip link add ${name} type veth peer name eth0 netns ${name} &&
ip addr add ${own}/30 dev ${name} && ip link set ${name} up &&
nsenter --net=/run/netns/${name} sh -ec 'ip link set lo up; ip addr add ${inside}/30 dev eth0; ip link set eth0 up; ip route add default via ${own}' || exit
# Some kernels have no IPv6.
nsenter --net=/run/netns/${name} sh -ec 'ip -6 addr add ${insideV6}/64 dev eth0 nodad; ip -6 route add default via ${ownV6}; ip -6 neigh add ${ownV6} lladdr 02:00:00:00:00:01 dev eth0' 2>/dev/null
nsenter --net=/run/netns/${name} tcpdump -nn -l --immediate-mode -i any '(tcp or udp) and not dst host ${inside} and not dst host ${insideV6}' | sed '/ > ${last.address}.${last.port}: /q' &
cat <&3 >/dev/null
nsenter --net=/run/netns/${name} bash -c 'echo > /dev/udp/${last.address}/${last.port}'
timeout ${10 * slowness} tail -f -s 0.02 --pid=$! /dev/null`;

/**
 * Whom kubectl sends anything while it lists services as kube-proxy's user, `ADDRESS:PORT`, on the machine or elsewhere, by IPv4 or
 * IPv6; and what it prints, nothing if it failed and spoke to others. InfrastructureError if not all of that was seen: tcpdump had no
 * time to read it.
 */
export const kubectlAlone = oncePer(
  async ({ master }: Cluster): Promise<{ to: string[]; printed: string }> => {
    const end = await master.hold(network, /listening on/);
    let sent: ExecResult | undefined;
    const apiserver = `${master.address}:${ports.apiserver}`;
    const server = `--server=https://${apiserver} --certificate-authority=${kubernetes.ca}`;
    // A port's configuration names another user, and kubectl refuses two.
    const client = `--kubeconfig=/dev/null --client-certificate=${kubeProxy.certificate} --client-key=${kubeProxy.key}`;
    try {
      let failure: GuideFailure | undefined;
      const printed = await master
        .succeed(
          sh`nsenter --net=/run/netns/${name} ${programs.kubectl} ${server} ${client} get services --all-namespaces`,
        )
        .catch((thrown: unknown) => {
          if (!(thrown instanceof GuideFailure)) throw thrown;
          failure = thrown;
          return "";
        });
      sent = await end();
      const seen = receivers(sent.stdout);
      const to = seen.filter((one) => one !== `${last.address}:${last.port}`);
      if (failure && to.every((one) => one === apiserver)) throw failure;
      if (to.length > 0 && to.length < seen.length) return { to, printed };
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

/** tcpdump's lines: `IP 10.0.0.1.41420 > 10.0.0.2.6443: Flags …`. A TCP connection begins with a SYN, and goes to whom that goes. */
const receivers = (text: string): string[] => {
  const begun = text.split("\n").filter((line) => !line.includes("Flags [") || line.includes("Flags [S],"));
  const all = begun.flatMap((line) => {
    const [, address = "", port = ""] = / > (\S+)\.(\d+): /.exec(line) ?? [];
    return port === "" ? [] : [address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`];
  });
  return [...new Set(all)].toSorted();
};
