import { loadProfile } from "../../profile/profile.ts";
import type { Plan } from "../../guide/types.ts";
import { baseGuide } from "../../run/evidence/base-guide.ts";
import type { GuideChange } from "../../record/blame.ts";
import { changeOf } from "../../run/evidence/guide-change.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { planOf, type Settings } from "../../settings/settings.ts";

/** A change of the guide: both texts as plans, what the first is called, and how they differ. */
export type Compared = GuideChange & { readonly base: string; readonly before: Plan; readonly plan: Plan };

/** Compares the settings' guide with a revision of it or another file. */
export async function compare(settings: Settings, base: string): Promise<Compared> {
  const [{ name, plan: before }, plan] = await Promise.all([baseGuide(settings, base), planOf(settings)]);
  return {
    base: name,
    before,
    plan,
    ...changeOf(before, plan, { redactor: processRedactor, profile: loadProfile(settings.guide) }),
  };
}
