import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { parseChanges, type Edits } from "./changes.ts";
import { filesOf, namesIn } from "./folder.ts";
import { InvalidGuideError } from "../invalid-guide.ts";
import { readText } from "../../input/yaml-file.ts";

/** Changes that carry the guide to other versions or another system. */
export type Port = Edits & { readonly title: string };

const head = z.strictObject({ name: z.string().min(1), title: z.string().min(1) });

/** The ports among these that a guide is carried by: those in the folder `ports/` beside it, if there is one. */
export const portsFor = (guide: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => existsSync(join(dirname(guide), "ports", `${name}.yaml`)));

/** Loads the ports of these names from a folder, in this order. UsageError with the known names. */
export async function loadPorts(folder: string, names: readonly string[]): Promise<Port[]> {
  const files = await filesOf(folder, names, "port");
  return Promise.all(files.map(loadPort));
}

/** Names of all ports in a folder. */
export const portNames = (folder: string): Promise<string[]> => namesIn(folder);

async function loadPort(file: string): Promise<Port> {
  const { head: port, changes } = parseChanges(await readText(file), file, head);
  if (port.name !== basename(file, ".yaml")) {
    const message = `name: "${port.name}" is not the file's name`;
    throw new InvalidGuideError([{ location: { file, line: 1 }, message, hint: "give both the same name" }]);
  }
  return { id: port.name, title: port.title, changes };
}
