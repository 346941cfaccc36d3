import { randomUUID } from "node:crypto";
import { InfrastructureError, sh, type SuiteMachine } from "../cluster/index.ts";

/** Names of what is left on a machine. */
const [name, chain] = ["guide-reboot", "GUIDE-REBOOT"];
/** A setting that nothing here goes by: a run that is cut short leaves it. */
const [setting, value] = ["igmp_max_memberships", 21];

/**
 * Leaves a word on a machine's disk, and in its memory what no boot keeps: a file under /run, an interface, a rule of
 * iptables, a setting of the kernel. The answer tells what of it is still there once the machine has booted, for machines
 * that keep their memory prove nothing: InfrastructureError.
 */
export async function remember(machine: SuiteMachine): Promise<() => Promise<void>> {
  const word = randomUUID();
  await machine.succeed(sh`set -e
echo ${word} | tee /run/${name} > /var/lib/${name}
sync
ip link show ${name} >/dev/null 2>&1 || ip link add ${name} type bridge
iptables -w -n -L ${chain} >/dev/null 2>&1 || iptables -w -N ${chain}
sysctl -qw net.ipv4.${setting}=${value}`);
  return async () => {
    const wrong = await machine.succeed(sh`
[ "$(cat /var/lib/${name})" = ${word} ] || echo 'its disk is another'
[ ! -e /run/${name} ] || echo '/run was kept'
! ip link show ${name} >/dev/null 2>&1 || echo 'an interface was kept'
! iptables -w -n -L ${chain} >/dev/null 2>&1 || echo 'a rule of iptables was kept'
[ "$(cat /proc/sys/net/ipv4/${setting})" != ${value} ] || echo 'a setting of the kernel was kept'
rm -f /var/lib/${name}`);
    if (wrong.trim() === "") return;
    const message = `The boot of ${machine.name} proves nothing: ${wrong.trim().replaceAll("\n", ", ")}`;
    throw new InfrastructureError(message, {
      machine: machine.name,
      hint: "See how its provider boots it.",
    });
  };
}
