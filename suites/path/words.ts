import type { Frame } from "../cluster/index.ts";

/** Parts of what carries a packet. */
export type Part = "macFrom" | "macTo" | "ttl";

const wellFormed = /^(?:\d+|(?:\w\w:){5}\w\w)$/;

/**
 * A frame in words, all that is known of it. Of what carries it, the parts that are `open` may be anything of their kind: between
 * the nodes there may be others that hand the frame on.
 */
export function inWords({ outer, ...inner }: Frame, open: readonly Part[] = []): string {
  if (!outer) return addressed(inner);
  const anyone = open.filter((part) => wellFormed.test(String(outer[part]))).map((part) => [part, "any"]);
  const carrier = addressed({ ...outer, ...Object.fromEntries(anyone) });
  return `${addressed(inner)}, in vxlan ${outer.vni} to port ${outer.port}, ${carrier}`;
}

const addressed = ({ from, macFrom, to, macTo, ttl }: Omit<Frame, "outer">): string =>
  `from ${from} (${macFrom}) to ${to} (${macTo}) with TTL ${ttl}`;
