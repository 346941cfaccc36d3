import { UsageError } from "../errors.ts";
import type { Provider } from "./machine.ts";
import { nspawn } from "./nspawn/provider.ts";

const providers: readonly Provider[] = [nspawn];

/** The provider of that name. UsageError that lists the known ones. */
export function provider(name: string): Provider {
  const found = providers.find((one) => one.name === name);
  if (found) return found;
  const known = providers.map((one) => one.name).join(", ");
  throw new UsageError(`There is no provider "${name}"`, { hint: `Known providers: ${known}.` });
}
