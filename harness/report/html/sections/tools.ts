import { isRed, type Outcome } from "../../../record/outcome.ts";
import type { RunRecord } from "../../../record/record.ts";
import { sectionTitle } from "../../labels.ts";
import { count } from "../../text.ts";
import { html, type Markup } from "../document/markup.ts";

export function tools(record: RunRecord): Markup {
  const { steps, tests } = record;
  const machines = [...new Set(steps.map(({ machine }) => machine))].toSorted();
  return finder({
    label: "Steps and tests",
    items: { step: steps, test: tests },
    choices: [
      choice("machine", "Machine", machines.map(same)),
      sectionChoice(
        steps.map(({ section }) => section),
        (number) => sectionTitle(record.sections ?? [], number),
      ),
    ],
  });
}

type Finder = {
  readonly label: string;
  /** What it finds, by the noun that is its class on the page. */
  readonly items: Readonly<Record<string, readonly { readonly outcome: Outcome }[]>>;
  readonly choices: readonly Markup[];
};

export function finder({ label, items, choices }: Finder): Markup {
  const red = Object.values(items).flat().filter(isRed).length;
  const counts = Object.entries(items).map(([noun, all]) => count(all.length, noun));
  return html`<form
    class="tools"
    role="search"
    aria-label="${label}"
    data-nouns="${Object.keys(items).join(" ")}"
    hidden
  >
    ${choice("outcome", "Outcome", ["failed or error", "passed", "failed", "error", "skipped"].map(same))}
    ${choices}
    <label>Text <input name="text" type="search" autocomplete="off" /></label>
    <button type="button" name="expand">Expand all</button>
    <button type="button" name="next" ${red === 0 && "disabled"}>Next failure</button>
    <output>${counts.join(", ")}</output>
  </form>`;
}

/** One of the sections that the items are of, or that these lie in. */
export const sectionChoice = (sections: readonly string[], titleOf: (number: string) => string): Markup =>
  choice(
    "section",
    "Section",
    [...new Set(sections.flatMap(within))].map((number) => [
      number,
      `${number} ${titleOf(number)}`.trimEnd(),
    ]),
  );

const same = (value: string): [string, string] => [value, value];

/** A section and those that it lies in, the outermost first: `2`, `2.4`, `2.4.4`. */
const within = (section: string): string[] =>
  section.split(".").map((_, index, parts) => parts.slice(0, index + 1).join("."));

const choice = (name: string, label: string, values: readonly (readonly [string, string])[]): Markup =>
  html`<label
    >${label}
    <select name="${name}">
      <option value="">all</option>
      ${values.map(([value, text]) => html`<option value="${value}">${text}</option>`)}
    </select></label
  >`;
