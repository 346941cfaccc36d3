import { type ProviderName, providerNames } from "../choices.ts";
import { toHarnessError, UsageError } from "../errors.ts";
import { inventory, type InventoryChoice } from "./inventory/provider.ts";
import type { Provider } from "./machine.ts";
import { nspawn } from "./nspawn/provider.ts";
import { suggest, suggestFrom } from "../input/suggest.ts";
import { vagrant } from "./vagrant/provider.ts";

export type ProviderChoice = InventoryChoice & {
  readonly provider: string;
};

const providers: Readonly<Record<ProviderName, (choice: ProviderChoice) => Provider>> = {
  nspawn: () => nspawn,
  vagrant: () => vagrant,
  inventory,
};

/** Further providers, by name: tests bring them. */
export const broughtProviders = new Map<string, Provider>();

export function provider(choice: ProviderChoice): Provider {
  const known = providerNames.find((name) => name === choice.provider);
  const made = known ? providers[known](choice) : broughtProviders.get(choice.provider);
  if (made) return made;
  throw new UsageError(`There is no provider "${choice.provider}"`, {
    hint: suggest(choice.provider, providerNames),
  });
}

export const allProviders = (): Provider[] =>
  [...providerNames, ...broughtProviders.keys()].map((name) => provider({ provider: name }));

/** The error for a cluster that there is not: names what comes near, or else those that there are. */
export async function noCluster(
  id: string,
  message = `There is no cluster ${id}`,
  hint = "`pnpm status` lists the clusters.",
): Promise<UsageError> {
  const listed = await Promise.allSettled(allProviders().map(async (one) => one.list()));
  const all = listed.flatMap((one) => (one.status === "fulfilled" ? one.value.map((found) => found.id) : []));
  const others = all.filter((other) => other !== id);
  const there = others.length > 0 ? ` Those there are: ${others.join(", ")}.` : "";
  return new UsageError(message, { hint: suggestFrom(id, others, `${hint}${there}`) });
}

/** The provider whose ledger knows a cluster of that id; undefined if none does. */
export async function providerOf(id: string): Promise<Provider | undefined> {
  const failures: unknown[] = [];
  for (const candidate of allProviders()) {
    try {
      if ((await candidate.list()).some((cluster) => cluster.id === id)) return candidate;
    } catch (error) {
      failures.push(error);
    }
  }
  // It may be the one that could not be asked that knows it.
  if (failures.length > 0) throw toHarnessError(failures[0]);
  return undefined;
}
