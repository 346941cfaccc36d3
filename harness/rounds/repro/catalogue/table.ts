import { describeSymptom } from "../../../guide/edit/symptom.ts";
import { headline, shortened } from "../../../report/text.ts";
import { columns } from "../../columns.ts";
import type { Entry } from "./catalogue.ts";
import type { Proof } from "./proved.ts";

/** The catalogue, a line an entry. */
export const list = (rows: readonly (Entry & { readonly proofs: readonly Proof[] })[]): string =>
  columns([
    ["section", "id", "class", "proved", "symptom"],
    ...rows.map(({ section, id, class: kind, symptom, proofs }) => [
      section,
      id,
      kind,
      proofs.at(-1)?.date ?? "-",
      shortened(headline(describeSymptom(symptom)), 100),
    ]),
  ]).join("\n");
