import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Edits } from "./changes.ts";
import { loadNamed } from "./folder.ts";

/** Changes that carry the guide to other versions or another system. */
export type Port = Edits & { readonly title: string };

const head = z.strictObject({ name: z.string().min(1), title: z.string().min(1) });

/** The ports among these that a guide is carried by: those in the folder `ports/` beside it, if there is one. */
export const portsFor = (guide: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => existsSync(join(dirname(guide), "ports", `${name}.yaml`)));

/** Loads the ports of these names from a folder, in this order. UsageError with the known names. */
export async function loadPorts(folder: string, names: readonly string[]): Promise<Port[]> {
  const loaded = await loadNamed(folder, names, { what: "port", key: "name", head });
  return loaded.map(({ head: { name: id, title }, changes }) => ({ id, title, changes }));
}
