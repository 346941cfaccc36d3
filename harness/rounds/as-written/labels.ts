import type { Erratum } from "../../guide/edit/errata.ts";
import type { ErratumMatch } from "./blame.ts";

/** One erratum that a reader met, and where. */
export type LocatedErratum = ErratumMatch & { readonly where: string };

const short = (text: string, otherwise: string): string => {
  const [first = "", ...more] = text.trim().split("\n");
  return first === "" ? otherwise : `\`${first}\`${more.length > 0 ? " …" : ""}`;
};

/** Which erratum it is: as written, and corrected. */
export function sentence({ erratum, asCatalogued }: ErratumMatch): string {
  const { id, section, written, corrected } = erratum;
  const how = asCatalogued ? "" : ", though not with the symptom that the catalogue has";
  return `This is the erratum ${id} of section ${section}${how}: as written ${short(written, "nothing")}, corrected ${short(corrected, "nothing")}.`;
}

/** All that a reader meets, in order, and what stays unnoticed. */
export function reportOf(met: readonly LocatedErratum[], left: readonly Erratum[]): string {
  return [
    `As written, the guide fails ${met.length} times:`,
    ...met.map(({ erratum, where, asCatalogued }, index) => {
      const { id, section, written, corrected } = erratum;
      const how = asCatalogued ? "" : " (not as catalogued)";
      return `${String(index + 1).padStart(3)}. ${section} ${id}, at ${where}${how}: ${short(written, "nothing")} → ${short(corrected, "nothing")}`;
    }),
    `Never met: ${left.map(({ id }) => id).join(", ") || "none"}.`,
  ].join("\n");
}
