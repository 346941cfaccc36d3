import { dirname, join } from "node:path";
import { errataIds } from "../../guide/edit/errata.ts";

/** Ids of the errata that `--as-written` asked for: without any, every erratum there is. */
export const errataFor = async (asWritten: readonly string[], guide: string): Promise<readonly string[]> =>
  asWritten.includes("all") ? errataIds(join(dirname(guide), "errata")) : asWritten;
