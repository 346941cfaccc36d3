import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { projectRoot } from "../host/paths.ts";
import { parseShape, unreadable, type YamlFile } from "../input/yaml-file.ts";
import { type Profile, profileSchema } from "./schema.ts";

export type { Profile } from "./schema.ts";

/** The project's own guide. */
export const ownGuide = join(projectRoot, "fixtures/guide/guide.md");

/** The profile's file, beside a guide. */
export const profileFile = (guide: string): string => join(dirname(guide), "profile.yaml");

const hint = "docs/profile.md describes a guide's profile";

/** Reads `profile.yaml` beside a guide. UsageError if there is none; InvalidFileError with every fault and its place. */
export const loadProfile = (guide: string): Profile => readProfile(guide).profile;

/** The same, and where in the file each value stands. */
export function readProfile(guide: string): {
  readonly profile: Profile;
  readonly locate: YamlFile["locate"];
} {
  const file = profileFile(guide);
  const { data, locate } = parseShape(read(file, guide), file, profileSchema, hint);
  return { profile: data, locate };
}

function read(file: string, guide: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UsageError(`${guide} has no profile beside it: ${unreadable(file, cause)}`, {
      cause,
      hint: "It says which machines, paths and milestones the guide has; docs/profile.md describes it.",
    });
  }
}
