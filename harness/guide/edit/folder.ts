import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { UsageError } from "../../errors.ts";
import { suggestFrom } from "../../input/suggest.ts";

/** Names of the YAML files in a folder, without their ending, sorted. UsageError if there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => file.slice(0, -".yaml".length))
      .toSorted();
  } catch (cause) {
    throw new UsageError(`cannot list ${folder}`, {
      cause,
      hint: "errata/ and ports/ lie beside the guide",
    });
  }
}

/** The files of `names` in a folder. UsageError if a name is unknown; `what` says what it should be. */
export async function filesOf(folder: string, names: readonly string[], what: string): Promise<string[]> {
  if (names.length === 0) return [];
  const known = await namesIn(folder);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`unknown ${what} "${unknown}"`, {
      hint: suggestFrom(unknown, known, `${basename(folder)}/ beside the guide has them all`),
    });
  return names.map((name) => join(folder, `${name}.yaml`));
}
