import { createHash } from "node:crypto";
import type { PreparedSet } from "../../artifacts/set.ts";
import type { Plan, Step } from "../../guide/types.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { fileOf } from "../request/needs.ts";

/** What the state of the machines depends on beside the steps. */
export type Origin = {
  readonly provider: string;
  /** The provider's own hash of what machines are made from. */
  readonly base: string;
  readonly machines: readonly MachineSpec[];
  readonly online: boolean;
};

/** By block: hash of all that leads to the state after it, in hexadecimal; where that stands in the text has no part in it. */
export function checkpointKeys(
  plan: Plan,
  origin: Origin,
  prepared: PreparedSet,
): ReadonlyMap<string, string> {
  const digests = new Map(prepared.files.map(({ name, sha256 }) => [name, sha256]));
  const images = digests.get(prepared.images);
  const packages = prepared.packages?.files.map(({ name, sha256 }) => [name, sha256]);
  const doing = ({ key, action, expect, downloads }: Step): unknown[] => [
    key,
    action,
    expect && [expect.text, expect.within],
    downloads.map((url) => [url, digests.get(fileOf(url, prepared))]),
  ];
  let key = hash("", [format, origin, images, packages]);
  return new Map(plan.groups.map(({ id, steps }) => [id, (key = hash(key, steps.map(doing)))]));
}

/** Changes with what the harness does to machines on its own, such as assists, and with what the metadata means. */
const format = 3;

const hash = (before: string, what: unknown): string =>
  createHash("sha256").update(before).update(JSON.stringify(what)).digest("hex").slice(0, 32);
