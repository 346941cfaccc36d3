import { chalk } from "zx";
import { describeSymptom } from "../../guide/edit/symptom.ts";
import type { Entry } from "./catalogue.ts";
import type { Result } from "./one.ts";
import type { Proof } from "./proved.ts";

/** The catalogue, a line an entry. */
export function list(rows: readonly (Entry & { readonly proofs: readonly Proof[] })[]): string {
  const widths = { section: 8, id: Math.max(...rows.map(({ id }) => id.length)), class: 13, proved: 10 };
  const row = (section: string, id: string, kind: string, proved: string, symptom: string): string =>
    [
      section.padEnd(widths.section),
      id.padEnd(widths.id),
      kind.padEnd(widths.class),
      proved.padEnd(widths.proved),
      symptom.split("\n", 1)[0]?.slice(0, 100) ?? "",
    ].join("  ");
  return [
    row("section", "id", "class", "proved", "symptom"),
    ...rows.map(({ section, id, class: kind, symptom, proofs }) =>
      row(section, id, kind, proofs.at(-1)?.date ?? "-", describeSymptom(symptom)),
    ),
  ].join("\n");
}

/** What became of an entry, as a round says it. */
export function line({ section, id }: Entry, { outcome, seen, fixed, seconds }: Result): string {
  const good = outcome === "reproduced" && (fixed === undefined || fixed === "green");
  const colour = good ? chalk.green : outcome === "not here" ? chalk.yellow : chalk.red;
  const words = [seen, fixed === undefined ? "" : `corrected: ${fixed}`].filter(Boolean).join("; ");
  const said = words.replaceAll(/\s+/g, " ").slice(0, 120);
  return `${colour(outcome.padEnd(14))} ${section.padEnd(8)} ${id.padEnd(36)} ${seconds.toFixed(0).padStart(4)} s  ${said}`;
}
