import { sh } from "../../cluster/index.ts";

/** Shows what a machine tracks of connections, for how long it keeps one without an answer, and the rules by which it sends new ones. */
export const trackedScript = sh`
sysctl -n net.netfilter.nf_conntrack_tcp_timeout_syn_sent
cat /proc/net/nf_conntrack
iptables-save -t nat
`;

/** A line of nf_conntrack: seconds left, addressee, and whose answer is waited for. */
const unanswered = /^ipv4 .* tcp +6 (\d+) SYN_SENT src=\S+ dst=(\S+) .*\[UNREPLIED\] src=(\S+) /gm;

/** A connection without an answer: whom it went to, and whether a rule still sends new ones there. */
export type Unanswered = { readonly to: string; readonly stale: boolean };

/**
 * The connections to an address in the last seconds that had no answer. Connection tracking keeps one for 120 s, and sends
 * whatever comes from the same port after it, though no rule sends there any more: kube-proxy 1.14 removes such
 * entries of UDP alone (pkg/proxy/iptables/proxier.go, deleteEndpointConnections), and only with the program conntrack. So it keeps those that it sent to the address itself
 * while there was no rule, as when kube-proxy 1.14.0 begins (kubernetes#75360). None is stale where no rule knows the address now.
 */
export function unansweredIn(text: string, ip: string, seconds: number): Unanswered[] {
  const kept = Number(/^\d+/.exec(text.trimStart())?.[0]);
  const isKnown = text.includes(` -d ${ip}/32 `);
  const sentTo = new Set([...text.matchAll(/--to-destination ([\d.]+):/g)].map(([, to = ""]) => to));
  return [...text.matchAll(unanswered)].flatMap(([, left, addressee, to = ""]) =>
    addressee === ip && kept - Number(left) <= seconds ? [{ to, stale: isKnown && !sentTo.has(to) }] : [],
  );
}

/**
 * What is wrong with some requests of which so many had no answer; empty if all of these were connections that are stale. A rule that
 * was removed during the requests makes one stale, too: for as long an outage may be told too short.
 */
export function lostWords(missing: number, requests: number, all: readonly Unanswered[]): string {
  if (all.filter(({ stale }) => stale).length >= missing) return "";
  const sentTo = [...new Set(all.map(({ to }) => to))].join(", ");
  return `${missing} of ${requests} requests had no answer${sentTo && `, sent to ${sentTo}`}`;
}
