import { UsageError } from "../errors.ts";
import { DebianSet } from "./debian/set.ts";
import type { ArtifactSet } from "./set.ts";

const sets: Readonly<Record<string, () => ArtifactSet>> = { debian: () => new DebianSet() };

/** The artifact set of that name. UsageError for an unknown one. */
export function artifactSet(name: string): ArtifactSet {
  const make = Object.hasOwn(sets, name) ? sets[name] : undefined;
  if (make) return make();
  throw new UsageError(`There is no artifact set ${name}`, {
    hint: `Known sets: ${Object.keys(sets).join(", ")}.`,
  });
}
