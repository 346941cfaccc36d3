import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { machinesWith } from "./machines.ts";
import { loadProfile, ownGuide } from "./profile.ts";

/** The guide's profile, for tests. */
export const profile = loadProfile(ownGuide);

/** Its machines as a provider is asked for them. */
export const guideMachines = machinesWith(profile);

/** Copies the guide's profile into a folder that a test's own guide is in. */
export const giveProfile = (folder: string): Promise<void> =>
  copyFile(join(dirname(ownGuide), "profile.yaml"), join(folder, "profile.yaml"));
