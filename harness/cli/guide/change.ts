import { existsSync } from "node:fs";
import { guideAt } from "../../guide/edit/compare/revision.ts";
import { loadProfile } from "../../profile/profile.ts";
import type { Plan } from "../../guide/types.ts";
import type { GuideChange } from "../../record/blame.ts";
import { changeOf } from "../../run/evidence/guide-change.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { planOf, type Settings } from "../../settings/settings.ts";

/** A change of the guide: both texts as plans, what the first is called, and how they differ. */
export type Compared = GuideChange & { readonly base: string; readonly before: Plan; readonly plan: Plan };

/** Compares the settings' guide with a revision of it or another file. */
export async function compare(settings: Settings, base: string): Promise<Compared> {
  const [compared, plan] = await Promise.all([baseGuide(settings, base), planOf(settings)]);
  return {
    ...compared,
    plan,
    ...changeOf(compared.before, plan, { redactor: processRedactor, profile: loadProfile(settings.guide) }),
  };
}

/**
 * The plan of another guide with the same machines and binaries: of a revision of the settings' guide, or of a file.
 * Errata put back and edits are part of the change, and so not in it. UsageError for what is neither.
 */
async function baseGuide(settings: Settings, base: string): Promise<Pick<Compared, "base" | "before">> {
  const planWith = (guide: string): Promise<Plan> => planOf({ ...settings, guide, errata: [], edits: [] });
  if (base.endsWith(".md") && existsSync(base)) return { base, before: await planWith(base) };
  await using revision = await guideAt(settings.guide, base);
  const short = revision.commit.slice(0, "1a2b3c4d".length);
  return {
    base: revision.commit.startsWith(base) ? short : `${base} (${short})`,
    before: await planWith(revision.file),
  };
}
