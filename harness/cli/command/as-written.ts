import { dirname, join } from "node:path";
import { editNames, filesOf } from "../../guide/edit/folder.ts";

/** Ids of the errata that `--as-written` asked for: without any, every erratum there is. UsageError for one that there is not. */
export async function errataFor(asWritten: readonly string[], guide: string): Promise<readonly string[]> {
  const folder = join(dirname(guide), "errata");
  if (asWritten.includes("all")) return editNames(folder);
  await filesOf(folder, asWritten, "erratum");
  return asWritten;
}
