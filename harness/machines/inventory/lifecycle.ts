import { Readable } from "node:stream";
import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { bootIdOf, untilRebooted } from "../boot.ts";
import type { MachineSpec, RunningMachine, SshEndpoint } from "../machine.ts";
import { connect } from "../ssh/connect.ts";
import { cutChain as chain } from "./restore/paths.ts";
import { shellQuote } from "../ssh/quote.ts";
import { sh } from "../ssh/sh.ts";
import { succeed } from "../ssh/succeed.ts";
import { within } from "../../waits/wait.ts";

/** A host as a machine of a cluster. `machines` are all hosts of the cluster. */
export function runningMachine(
  spec: MachineSpec,
  endpoint: SshEndpoint,
  machines: readonly MachineSpec[],
): RunningMachine {
  const peers = machines.filter(({ name }) => name !== spec.name).map(({ address }) => address);
  let release: (() => Promise<void>) | undefined;
  const returned: RunningMachine["returned"] = async (before, context) => {
    await untilRebooted({ machine: spec.name, before, limit: "reboot" }, async () => endpoint, context);
    return runningMachine(spec, endpoint, machines);
  };
  return {
    spec,
    endpoint,
    async reboot(context) {
      const before = await bootIdOf(endpoint, context);
      {
        await using connection = await connect(endpoint, context);
        // The connection may end before the command's exit code arrives.
        await connection.exec(sh`systemctl reboot`, { limit: "question" }).catch((error: unknown) => {
          if (!(error instanceof InfrastructureError)) throw error;
        });
      }
      return returned(before, context);
    },
    returned,
    async cutLink(context) {
      release = await holdCut(endpoint, peers, context);
    },
    async healLink(context) {
      await release?.();
      release = undefined;
      await using connection = await connect(endpoint, context);
      await succeed(connection, healing, "its link could not be healed", { limit: "question" });
    },
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

/** Shell text that cuts a link, says so, and heals it once its standard input ends. */
export const holding = (peers: readonly string[]): string => sh`exec 3<&0
trap ${shellQuote(healing)} EXIT
trap 'exit 0' HUP TERM
(${cutting(peers)}) || exit
echo cut
cat <&3 >/dev/null`;

/** Shell text that takes the rules of a cut link away, if they are there. */
const healing = ["PREROUTING", "OUTPUT"]
  .map((from) => sh`while iptables -w -t raw -D ${from} -j ${chain} 2>/dev/null; do :; done`)
  .concat(
    sh`iptables -w -t raw -F ${chain} 2>/dev/null || :`,
    sh`iptables -w -t raw -X ${chain} 2>/dev/null || :`,
  )
  .join("\n");

/**
 * Cuts the link for as long as this process holds it; what is returned lets it go. The end of the connection heals it, whatever
 * ended that: others' hosts are not left without a network. InfrastructureError if it cannot be cut.
 */
async function holdCut(
  endpoint: SshEndpoint,
  peers: readonly string[],
  context: Context,
): Promise<() => Promise<void>> {
  const connection = await connect(endpoint, context);
  const life = new Readable({ read: () => undefined });
  const isCut = Promise.withResolvers<void>();
  let said = "";
  const ended = connection.exec(holding(peers), {
    stdin: life,
    deadline: Infinity,
    onOutput({ text }) {
      said += text;
      if (/^cut$/m.test(said)) isCut.resolve();
    },
  });
  const failed = (when: string, hint: string): InfrastructureError =>
    new InfrastructureError(`${endpoint.machine}: its link could not be cut${when}`, {
      machine: endpoint.machine,
      outputTail: said,
      hint,
    });
  const tooSoon = ended.then(() => {
    throw failed("", "It takes iptables with the table raw.");
  });
  // A connection that is lost is told to whoever asks the machine next.
  tooSoon.catch(() => undefined);
  const release = async (): Promise<void> => {
    life.push(null);
    await ended.catch(() => undefined);
    await connection.close();
  };
  try {
    await within(Promise.race([isCut.promise, tooSoon]), {
      signal: context.signal,
      deadline: context.deadlines.for("question"),
      // Who else holds iptables' lock may do so for ever.
      late: () => failed(" in time", "See there who holds iptables' lock, /run/xtables.lock."),
    });
  } catch (thrown) {
    // Not waited for: it may wait itself. With its connection it heals what it has cut.
    life.push(null);
    await connection.close();
    throw thrown;
  }
  return release;
}
