import { describeSymptom } from "../../harness/index.ts";
import type { Entry } from "./catalogue.ts";
import type { Proof } from "./proved.ts";

/** The catalogue, a line an entry. */
export function list(rows: readonly (Entry & { readonly proofs: readonly Proof[] })[]): string {
  const widths = { section: 8, id: Math.max(...rows.map(({ id }) => id.length)), class: 13, proved: 10 };
  const line = (section: string, id: string, kind: string, proved: string, symptom: string): string =>
    [
      section.padEnd(widths.section),
      id.padEnd(widths.id),
      kind.padEnd(widths.class),
      proved.padEnd(widths.proved),
      symptom.split("\n", 1)[0]?.slice(0, 100) ?? "",
    ].join("  ");
  return [
    line("section", "id", "class", "proved", "symptom"),
    ...rows.map(({ section, id, class: kind, symptom, proofs }) =>
      line(section, id, kind, proofs.at(-1)?.date ?? "-", describeSymptom(symptom)),
    ),
  ].join("\n");
}
