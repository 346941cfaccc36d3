import { dirname, join } from "node:path";
import { type Erratum, loadErrata } from "../../../guide/edit/errata.ts";
import { editNames } from "../../../guide/edit/folder.ts";
import { ownGuide } from "../../../profile/profile.ts";
import { chosen } from "../../kind.ts";

/** One defect of the guide as written, or one mistake of a reader. */
export type Entry = Erratum;

const folders = ["errata", "mistakes"].map((name) => join(dirname(ownGuide), name));

/** Errata and mistakes, in the guide's order; only those of these ids, if any are named. UsageError for an unknown id. */
export async function loadEntries(ids: readonly string[] = []): Promise<Entry[]> {
  const lists = await Promise.all(folders.map(async (folder) => loadErrata(folder, await editNames(folder))));
  const entries = lists.flat().toSorted(inGuideOrder);
  return chosen(entries, ids, "erratum or mistake", "repro");
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
