import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { machinesWith } from "./machines.ts";
import { loadProfile, ownGuide } from "./profile.ts";

/** The guide's profile, for tests. */
export const profile = loadProfile(ownGuide);

/** Its machines as a provider is asked for them. */
export const guideMachines = machinesWith(profile);

/** Copies the guide's profile into a folder that a test's own guide is in; what the guide keeps is left out if that guide is another one. */
export async function giveProfile(folder: string, another = false): Promise<void> {
  const text = await readFile(join(dirname(ownGuide), "profile.yaml"), "utf8");
  const own = another ? text.replace(/^kept:\n(?:[ -].*\n)+/m, "") : text;
  await writeFile(join(folder, "profile.yaml"), own);
}
