import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactFile } from "../artifacts/set.ts";
import { machinesOf, portsOf, type Settings } from "./settings.ts";

/**
 * What a run depends on beside the commit, as SHA-256 in hexadecimal: two runs of one commit whose inputs are equal
 * ought to end alike. Names are those of the settings and of the artifact set's files.
 */
export type RunInputs = {
  /** The guide's file. */
  readonly guide: string;
  /** Ports, in the order in which they apply. */
  readonly ports: Readonly<Record<string, string>>;
  /** Errata that were put back as originally written. */
  readonly errata: Readonly<Record<string, string>>;
  /** Further edits of the guide, in the order in which they apply. */
  readonly edits: readonly string[];
  /** Names, addresses and roles of the machines. */
  readonly machines: string;
  /** Files of the artifact set; absent until they are verified, and where the guide's downloads are real. */
  readonly artifacts?: Readonly<Record<string, string>>;
};

/** Digests of what the plan is made of; a rejection if a file is not there, which the plan has found before. */
export async function planInputs(settings: Settings): Promise<RunInputs> {
  const fixtures = dirname(dirname(settings.guide));
  const beside = (folder: string, names: readonly string[]): Promise<Record<string, string>> =>
    digestsOf(names.map((name) => [name, join(fixtures, folder, `${name}.yaml`)]));
  const [guide, ports, errata, edits, machines] = await Promise.all([
    digestOf(settings.guide),
    beside("ports", portsOf(settings)),
    beside("errata", settings.errata),
    Promise.all(settings.edits.map(digestOf)),
    machinesOf(settings),
  ]);
  return { guide, ports, errata, edits, machines: sha256(JSON.stringify(machines)) };
}

/** Digests of the artifact set's files, by name. */
export const artifactInputs = (files: readonly ArtifactFile[]): Record<string, string> =>
  Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256]));

async function digestsOf(files: readonly (readonly [name: string, file: string])[]) {
  const entries = await Promise.all(files.map(async ([name, file]) => [name, await digestOf(file)] as const));
  return Object.fromEntries(entries);
}

const digestOf = async (file: string): Promise<string> => sha256(await readFile(file));

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
