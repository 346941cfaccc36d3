import { describeSymptom } from "../../../guide/edit/symptom.ts";
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
      describeSymptom(symptom).split("\n", 1)[0]?.slice(0, 100) ?? "",
    ]),
  ]).join("\n");
