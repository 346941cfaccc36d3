import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { machinesWith } from "./machines.ts";
import { loadProfile, ownGuide, profileFile } from "./profile.ts";

/** The guide's profile, for tests. */
export const profile = loadProfile(ownGuide);

/** Its machines as a provider is asked for them. */
export const guideMachines = machinesWith(profile);

/** Copies the guide's profile into a folder, if need be without what it keeps, or its claims. */
export async function giveProfile(folder: string, { kept = true, claims = true } = {}): Promise<void> {
  const file = join(folder, "profile.yaml");
  if (kept && claims) return copyFile(profileFile(ownGuide), file);
  const milestones = Object.entries(profile.milestones).map(([name, milestone]) => [
    name,
    claims ? milestone : { ...milestone, guards: withoutSection(milestone.guards), claims: {} },
  ]);
  const bare = { ...profile, kept: kept ? profile.kept : [], milestones: Object.fromEntries(milestones) };
  await writeFile(file, stringify(bare));
}
const withoutSection = (guards: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(guards)
      .map(([what, all]) => [what, all.filter((one) => !one.startsWith(profile.claims ?? "none"))] as const)
      .filter(([, all]) => all.length > 0),
  );
