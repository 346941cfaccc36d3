import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { z } from "zod";
import { UsageError } from "../../errors.ts";
import { suggestFrom } from "../../input/suggest.ts";
import { readText } from "../../input/yaml-file.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { type Change, parseChanges } from "./changes.ts";

/** Names of the errata or ports in a folder, sorted: of its YAML files, without their ending. UsageError if there is no such folder. */
export async function editNames(folder: string): Promise<string[]> {
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
  const known = await editNames(folder);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`unknown ${what} "${unknown}"`, {
      hint: suggestFrom(unknown, known, `${basename(folder)}/ beside the guide has them all`),
    });
  return names.map((name) => join(folder, `${name}.yaml`));
}

/**
 * Reads the files of `names` in a folder, in this order. `head` describes what they have beside `changes`; its `key` is the
 * file's name. UsageError as of `filesOf`, InvalidGuideError for a file of another shape.
 */
export async function loadNamed<K extends string, T extends Readonly<Record<K, string>>>(
  folder: string,
  names: readonly string[],
  { what, key, head }: { readonly what: string; readonly key: K; readonly head: z.ZodType<T> },
): Promise<{ readonly head: T; readonly changes: readonly Change[]; readonly file: string }[]> {
  const files = await filesOf(folder, names, what);
  return Promise.all(
    files.map(async (file) => {
      const read = parseChanges(await readText(file), file, head);
      const name = read.head[key];
      if (name !== basename(file, ".yaml")) {
        const message = `${key}: "${name}" is not the file's name`;
        throw new InvalidGuideError([
          { location: { file, line: 1 }, message, hint: "give both the same name" },
        ]);
      }
      return Object.assign(read, { file });
    }),
  );
}
