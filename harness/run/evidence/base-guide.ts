import { access } from "node:fs/promises";
import { guideAt } from "../../guide/edit/compare/revision.ts";
import type { Plan } from "../../guide/types.ts";
import { planOf, type Settings } from "../../settings/settings.ts";

/** What a changed guide is compared with: a plan, and what it is called. */
export type BaseGuide = { readonly name: string; readonly plan: Plan };

/**
 * The plan of another guide with the same machines and binaries: of a revision of the settings' guide, or of a file.
 * Errata put back and edits are part of the change, and so not in it. UsageError for what is neither.
 */
export async function baseGuide(settings: Settings, base: string): Promise<BaseGuide> {
  const planWith = (guide: string): Promise<Plan> => planOf({ ...settings, guide, errata: [], edits: [] });
  if (base.endsWith(".md") && (await isThere(base))) return { name: base, plan: await planWith(base) };
  await using revision = await guideAt(settings.guide, base);
  const short = revision.commit.slice(0, "1a2b3c4d".length);
  return {
    name: revision.commit.startsWith(base) ? short : `${base} (${short})`,
    plan: await planWith(revision.file),
  };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
