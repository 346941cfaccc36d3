import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { furtherFile } from "../../artifacts/further/files.ts";
import { guideAt } from "../../guide/edit/compare/revision.ts";
import { fromCaller } from "../../host/paths.ts";
import { loadProfile } from "../../profile/profile.ts";
import type { Plan } from "../../guide/types.ts";
import type { GuideChange } from "../../record/blame.ts";
import { changeOf } from "../../run/evidence/guide-change.ts";
import { planOf, type Settings } from "../../settings/settings.ts";

/** A change of the guide: both texts as plans, what the first is called, and how they differ. */
export type Compared = GuideChange & { readonly base: string; readonly before: Plan; readonly plan: Plan };

/** Compares the settings' guide with a revision of it or another file. */
export async function compare(settings: Settings, base: string): Promise<Compared> {
  const [{ was, list, ...compared }, plan] = await Promise.all([baseGuide(settings, base), planOf(settings)]);
  const profile = loadProfile(settings.guide);
  return {
    ...compared,
    plan,
    ...changeOf(compared.before, plan, profile),
    ...(!isDeepStrictEqual(was, profile) && { profile: true }),
    ...(list !== (await listOf(settings.guide)) && { artifacts: true }),
  };
}

/** Another guide's file, where a base names one. */
const fileOf = (base: string): string | undefined =>
  base.endsWith(".md") && existsSync(fromCaller(base)) ? fromCaller(base) : undefined;

/** UsageError unless a guide can be compared with it: a revision, or another guide's file. */
export async function assertBase(guide: string, base: string): Promise<void> {
  if (fileOf(base) !== undefined) return;
  await using _ = await guideAt(guide, base);
}

/** Whether there is something to try: a step, what the suites go by, or what steps download. */
export const differs = ({
  blocks,
  profile,
  artifacts,
}: Pick<GuideChange, "blocks" | "profile" | "artifacts">): boolean =>
  blocks.length > 0 || profile === true || artifacts === true;

/** What a guide downloads beside the files of every set, as it is written; undefined if nothing. */
const listOf = async (guide: string): Promise<string | undefined> => {
  const file = furtherFile(guide);
  return file === undefined ? undefined : readFile(file, "utf8");
};

/**
 * The plan of another guide with the same machines and binaries, and what lies beside it: of a revision of the settings' guide, or of
 * a file. Errata put back and edits are part of the change, and so not in it. UsageError for what is neither.
 */
async function baseGuide(settings: Settings, base: string) {
  const planWith = async (guide: string) => ({
    before: await planOf({ ...settings, guide, errata: [], edits: [] }),
    was: loadProfile(guide),
    list: await listOf(guide),
  });
  const file = fileOf(base);
  if (file !== undefined) return { base, ...(await planWith(file)) };
  await using revision = await guideAt(settings.guide, base);
  const short = revision.commit.slice(0, "1a2b3c4d".length);
  return {
    base: revision.commit.startsWith(base) ? short : `${base} (${short})`,
    ...(await planWith(revision.file)),
  };
}
