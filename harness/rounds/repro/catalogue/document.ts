import { describeSymptom } from "../../../guide/edit/symptom.ts";
import { code, table } from "../../../report/github/markdown.ts";
import { headline, shortened } from "../../../report/text.ts";
import { columns } from "../../columns.ts";
import { type Entry, isMistake } from "./catalogue.ts";
import { type Proof, type Proofs, proofsOf } from "./proved.ts";

const head = `# Install bugs

Every defect of the guide as it was originally written, and mistakes that its readers make, in the guide's order. Written by
\`pnpm repro --all --write-docs\` from proven runs; do not edit. \`pnpm repro ID\` shows one live:
[how to reproduce an install bug](reproduce-an-install-bug.md).

*Proved* is the last run on which the symptom appeared where and as it says here, and whether the correction was then seen to
put it right; *in full* names its machines, which were asked for their system. An entry that has changed since counts as unproved.
`;

/** How many entries were seen on the guide's own system: what holds for it by its text alone is no proof. */
const onCentos = (entries: readonly Entry[], proofs: Proofs): string => {
  const seen = entries.filter((entry) => proofsOf(entry, proofs).some(({ system }) => system === "centos7"));
  return `On CentOS 7 itself ${seen.length === 0 ? "none" : seen.length} of these ${entries.length} has been seen; *holds for* says where it should be.\n`;
};

/** docs/errata.md: two tables, then each entry in full. */
export function errataDocument(entries: readonly Entry[], proofs: Proofs): string {
  const [errata, mistakes] = [false, true].map((of) => entries.filter((entry) => isMistake(entry) === of));
  return [
    head,
    onCentos(entries, proofs),
    `## Defects of the guide\n\n${tableOf(errata ?? [], proofs)}`,
    `## Mistakes of readers\n\n${tableOf(mistakes ?? [], proofs)}`,
    "## In full\n",
    entries.map((entry) => full(entry, proofs)).join("\n"),
  ].join("\n");
}

function tableOf(entries: readonly Entry[], proofs: Proofs): string {
  const rows = entries.map((entry) => [
    entry.section,
    // GitHub drops dots from the name of a heading.
    `[${entry.id}](#${entry.id.replaceAll(".", "")})`,
    entry.class,
    firstLine(entry.written, "nothing"),
    firstLine(entry.corrected, "kept"),
    symptomOf(entry, 120),
    holds(entry),
    proved(entry, proofs),
  ]);
  const titles = ["section", "id", "class", "as written", "corrected", "symptom", "holds for", "proved"];
  return table(titles, rows);
}

function full(entry: Entry, proofs: Proofs): string {
  const { id, section, class: kind, written, corrected, why, symptom, holdsFor } = entry;
  const known = proofsOf(entry, proofs);
  return [
    `### ${id}\n`,
    `Section ${section}, ${kind}. ${flat(why)}\n`,
    ...block("As written", written),
    ...block("Corrected", corrected),
    `- Symptom: ${symptomOf(entry)}`,
    `- Holds for: ${holds(entry)}${holdsFor.as_text === undefined ? "" : `. ${flat(holdsFor.as_text)}`}`,
    ...known.map((proof) => `- Proved ${proofLine(proof)}: ${code(proof.seen)}`),
    ...(known.length === 0 && !("none" in symptom) ? ["- Unproved"] : []),
    "",
  ].join("\n");
}

const block = (title: string, text: string): string[] =>
  text === "" ? [] : [`${title}:\n`, `\`\`\`\`text\n${text.trimEnd()}\n\`\`\`\`\n`];

const proofLine = ({ date, set, versions, system, provider, commit, fixed }: Proof): string =>
  [
    `${date}, artifact set ${set} (${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")})`,
    `${system} machines of ${provider}`,
    ...(commit === undefined ? [] : [`commit ${commit}`]),
    ...(fixed === undefined ? [] : [fixed ? "corrected: green" : "corrected: still red"]),
  ].join(", ");

function proved(entry: Entry, proofs: Proofs): string {
  const known = proofsOf(entry, proofs);
  if (known.length > 0) {
    const words = known.map(
      ({ date, set, fixed }) =>
        `${date} ${set}${fixed === undefined ? "" : fixed ? ", fixed" : ", not fixed"}`,
    );
    return words.join("; ");
  }
  if ("none" in entry.symptom) return "–";
  return entry.needs === undefined ? "no" : `no: needs ${entry.needs}`;
}

function holds({ holdsFor }: Entry): string {
  const not = [...holdsFor.not_sets, ...holdsFor.not_systems];
  const on = `${holdsFor.sets.join(", ")} on ${holdsFor.systems.join(", ")}`;
  return not.length === 0 ? on : `${on}; not ${not.join(", ")}`;
}

const flat = (text: string): string => text.trim().replaceAll(/\s+/g, " ");

/** The first line of a text as code in a cell; `otherwise` for an empty one. */
function firstLine(text: string, otherwise: string): string {
  const [first = "", ...more] = text.trim().split("\n");
  if (first === "") return otherwise;
  return `${code(first, 60)}${more.length > 0 && first.length <= 60 ? " …" : ""}`;
}

/** A symptom has code of its own; cut for a cell, whole elsewhere. */
const symptomOf = ({ symptom }: Entry, most?: number): string =>
  code(describeSymptom(symptom).replaceAll("`", ""), most);

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
