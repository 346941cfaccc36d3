import type { Frame } from "../cluster/index.ts";

/** Whose packet it is: inner addresses, and outer ones if it went through the tunnel. */
export type Packet = {
  readonly from: string;
  readonly to: string;
  readonly outerFrom?: string;
  readonly outerTo?: string;
};

export const addressesOf = ({ from, to, outer }: Frame): Packet => ({
  from,
  to,
  ...(outer && { outerFrom: outer.from, outerTo: outer.to }),
});

/** What is to be seen at a place: so many packets of one kind. */
type Wanted = { readonly place: string; readonly packet: Packet; readonly count: number };

/** What is not as wanted of the packets that were seen at a place, each in a sentence. */
export function packetDifferences(
  seen: readonly Packet[],
  { place, packet: wanted, count }: Wanted,
): string[] {
  const kinds = Map.groupBy(seen, (packet) => difference(packet, wanted));
  kinds.delete("");
  return [
    ...[...kinds.keys()].map((told) => `at the ${place} it ${told}`),
    ...(seen.length === count ? [] : [`at the ${place} ${seen.length} of ${count} packets are seen`]),
  ];
}

/** In what a packet is not the wanted one; empty if in nothing. */
function difference(packet: Packet, wanted: Packet): string {
  const [outer, wantedOuter] = [outerOf(packet), outerOf(wanted)];
  return [
    packet.from !== wanted.from && `comes from ${packet.from}, not from ${wanted.from}: it is masqueraded`,
    packet.to !== wanted.to && `goes to ${packet.to}, not to ${wanted.to}`,
    outer !== wantedOuter && `is ${outer}, not ${wantedOuter}`,
  ]
    .filter(Boolean)
    .join(", and ");
}

const outerOf = ({ outerFrom, outerTo }: Packet): string =>
  outerFrom === undefined ? "in no tunnel" : `in a tunnel from ${outerFrom} to ${outerTo}`;
