import { dirname, join } from "node:path";
import { UsageError } from "../../../errors.ts";
import { type Erratum, loadErrata } from "../../../guide/edit/errata.ts";
import { editNames } from "../../../guide/edit/folder.ts";
import { suggestFrom } from "../../../input/suggest.ts";
import { ownGuide } from "../../../profile/profile.ts";

/** One defect of the guide as written, or one mistake of a reader. */
export type Entry = Erratum;

const folders = ["errata", "mistakes"].map((name) => join(dirname(ownGuide), name));

/** Errata and mistakes, in the guide's order; only those of these ids, if any are named. UsageError for an unknown id. */
export async function loadEntries(ids: readonly string[] = []): Promise<Entry[]> {
  const lists = await Promise.all(folders.map(async (folder) => loadErrata(folder, await editNames(folder))));
  const entries = lists.flat().toSorted(inGuideOrder);
  const unknown = ids.find((id) => !entries.some((entry) => entry.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`There is no erratum or mistake ${unknown}`, {
      hint: suggestFrom(
        unknown,
        entries.map(({ id }) => id),
        "`pnpm repro --list` shows them all.",
      ),
    });
  }
  return entries.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

export const isMistake = ({ class: kind }: Entry): boolean => kind === "operator";

function inGuideOrder(one: Entry, other: Entry): number {
  const [a, b] = [one, other].map(({ section }) => section.split(".").map(Number));
  for (const [index, number] of (a ?? []).entries()) {
    const difference = number - (b?.[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return (a?.length ?? 0) - (b?.length ?? 0) || Number(isMistake(one)) - Number(isMistake(other));
}
