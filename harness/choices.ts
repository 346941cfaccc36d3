import { z } from "zod";
import { UsageError } from "./errors.ts";

/** Where the binaries come from: the artifact sets. `harness/artifacts/index.ts` has them. */
export const setNames = ["upstream", "source", "debian"] as const;
export type SetName = (typeof setNames)[number];

/** What makes the machines. `harness/machines/index.ts` has them. */
export const providerNames = ["nspawn", "vagrant", "inventory"] as const;
export type ProviderName = (typeof providerNames)[number];

/** Names that artifact sets once had, in options and in files of before; they are understood for a release. */
const formerSetNames: ReadonlyMap<string, SetName> = new Map([["guide", "upstream"]]);

/** What an artifact set is called now. */
export const currentSetName = (name: string): string => formerSetNames.get(name) ?? name;

/** The name of an artifact set, as a file of now or of before has it. */
export const setNameSchema = z.string().overwrite(currentSetName);

const idPattern = /^[a-z0-9][a-z0-9-]{0,19}$/;

/** Whether a cluster's id is safe in names of files and cgroups. */
export const isId = (id: string): boolean => idPattern.test(id);

/** UsageError unless the id is safe in names of files and cgroups. */
export function assertId(id: string): void {
  if (isId(id)) return;
  throw new UsageError(`"${id}" cannot name a cluster`, {
    hint: "Use up to 20 small letters, digits and dashes.",
  });
}
