import { beforeAll, expect, it } from "vitest";
import { silent } from "../../progress.ts";
import { testContext } from "../../testing.ts";
import type { RunningMachine } from "../machine.ts";
import { clockOffset, hostState } from "./host/host-state.ts";
import { nspawn } from "./provider.ts";
import { ask, fetchArtifacts, install, testSpec } from "./testing.ts";

const files = "bin/sh bin/cat lib64/ld-linux-x86-64.so.2 lib/x86_64-linux-gnu/libc.so.6";

/** What Docker, the kubelet, kube-proxy and flanneld do to a node's kernel. */
const activity = [
  `(${install})`,
  "systemctl -q start docker",
  `tar -chC / ${files} | docker import - proof > /dev/null`,
  "docker run -di -p 8080:80 -m 64m proof /bin/cat > /dev/null",
  "for set in vm.overcommit_memory=1 vm.panic_on_oom=0 kernel.panic=10 kernel.panic_on_oops=1; do sysctl -qw $set; done",
  "sysctl -qw kernel.keys.root_maxkeys=1000001 kernel.keys.root_maxbytes=25000001",
  "sysctl -qw net.netfilter.nf_conntrack_max=131071 net.netfilter.nf_conntrack_tcp_timeout_established=86401",
  "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 net.bridge.bridge-nf-call-iptables=1",
  "mkdir -p /sys/fs/cgroup/memory/kubepods/pod /var/lib/kubelet && mount -t tmpfs kubelet /var/lib/kubelet",
  "ip link add flannel.1 type vxlan id 1 dstport 8472 dev eth0 && ip address add 10.254.1.0/32 dev flannel.1",
  "ip link set flannel.1 up && ip route add 10.254.2.0/24 via 10.254.2.0 dev flannel.1 onlink",
  "iptables -t nat -A POSTROUTING -m comment --comment kube -m mark --mark 0x4000 -j MASQUERADE",
  "iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT && ipset create kube hash:ip",
];

async function work(machine: RunningMachine): Promise<void> {
  const { said, exitCode } = await ask(machine, `set -e\n${activity.join("\n")}`);
  if (exitCode !== 0) throw new Error(`${machine.spec.name}: ${said}`);
  // These are refused, or have no effect but in the machine.
  await ask(machine, "sysctl -w vm.swappiness=61 fs.inotify.max_user_watches=7777777; echo x > /dev/kmsg");
}

const context = testContext();
let folders: Awaited<ReturnType<typeof fetchArtifacts>>;
beforeAll(async () => {
  folders = await fetchArtifacts();
  await nspawn.prepare(silent, context);
  await nspawn.down("test-life", silent, context);
});

it("a whole life of a cluster leaves the host as it was", async () => {
  const before = await hostState("test-life", context);
  const clock = clockOffset();
  try {
    const { machines } = await nspawn.up(
      testSpec("test-life", folders.artifacts, folders.packages),
      silent,
      context,
    );
    await Promise.all(machines.map(work));
    await machines[0]?.reboot(context);
  } finally {
    await nspawn.down("test-life", silent, context);
  }
  const after = await hostState("test-life", context);
  expect({
    gone: before.filter((line) => !after.includes(line)),
    new: after.filter((line) => !before.includes(line)),
  }).toEqual({ gone: [], new: [] });
  expect(Math.abs(clockOffset() - clock)).toBeLessThan(1);
});
