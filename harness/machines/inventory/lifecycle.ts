import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { bootIdOf, untilRebooted } from "../boot.ts";
import type { MachineSpec, RunningMachine, SshEndpoint } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { cutChain as chain } from "./restore/paths.ts";
import { sh } from "../ssh/sh.ts";
import { succeed } from "../ssh/succeed.ts";

/** A host as a machine of a cluster. `machines` are all hosts of the cluster. */
export function runningMachine(
  spec: MachineSpec,
  endpoint: SshEndpoint,
  machines: readonly MachineSpec[],
): RunningMachine {
  const peers = machines.filter(({ name }) => name !== spec.name).map(({ address }) => address);
  return {
    spec,
    endpoint,
    reboot: async (context) => {
      await reboot(endpoint, context);
      return runningMachine(spec, endpoint, machines);
    },
    returned: async (before, context) => {
      await returned(endpoint, before, context);
      return runningMachine(spec, endpoint, machines);
    },
    cutLink: (context) => changeLink(endpoint, cutting(peers), "its link could not be cut", context),
    healLink: (context) => changeLink(endpoint, healing, "its link could not be healed", context),
  };
}

/**
 * Shell text that drops all packets between a host and the others but those of SSH: who works on the host may come
 * by way of another host. Its rules are in the table that packets pass first.
 */
export const cutting = (peers: readonly string[]): string =>
  [
    "set -e",
    healing,
    sh`iptables -w -t raw -N ${chain}`,
    sh`iptables -w -t raw -A ${chain} -p tcp --dport 22 -j RETURN`,
    sh`iptables -w -t raw -A ${chain} -p tcp --sport 22 -j RETURN`,
    ...peers.flatMap((peer) =>
      ["-s", "-d"].map((side) => sh`iptables -w -t raw -A ${chain} ${side} ${peer} -j DROP`),
    ),
    sh`iptables -w -t raw -I PREROUTING -j ${chain}`,
    sh`iptables -w -t raw -I OUTPUT -j ${chain}`,
  ].join("\n");

/** Shell text that takes the rules of a cut link away, if they are there. */
const healing = ["PREROUTING", "OUTPUT"]
  .map((from) => sh`while iptables -w -t raw -D ${from} -j ${chain} 2>/dev/null; do :; done`)
  .concat(
    sh`iptables -w -t raw -F ${chain} 2>/dev/null || :`,
    sh`iptables -w -t raw -X ${chain} 2>/dev/null || :`,
  )
  .join("\n");

async function reboot(endpoint: SshEndpoint, context: Context): Promise<void> {
  const before = await bootIdOf(endpoint, context);
  {
    await using connection = await connect(endpoint, context);
    // The connection may end before the command's exit code arrives.
    await connection.exec(sh`systemctl reboot`, { limit: "question" }).catch((error: unknown) => {
      if (!(error instanceof InfrastructureError)) throw error;
    });
  }
  await returned(endpoint, before, context);
}

const returned = (endpoint: SshEndpoint, before: string, context: Context): Promise<SshEndpoint> =>
  untilRebooted({ machine: endpoint.machine, before, limit: "reboot" }, async () => endpoint, context);

async function changeLink(
  endpoint: SshEndpoint,
  command: string,
  failed: string,
  context: Context,
): Promise<void> {
  await using connection = await connect(endpoint, context);
  await succeed(connection, command, failed, {
    limit: "question",
    hint: "It takes iptables with the table raw.",
  });
}
