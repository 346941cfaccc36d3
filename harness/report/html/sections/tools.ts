import { isRed } from "../../../record/outcome.ts";
import type { RunRecord } from "../../../record/record.ts";
import { sectionTitle } from "../../labels.ts";
import { count } from "../../text.ts";
import { html, type Markup } from "../document/markup.ts";

/** What finds and opens parts of the page; the page's script shows it. */
export function tools(record: RunRecord): Markup {
  const { steps, tests } = record;
  const red = [...steps, ...tests].filter(isRed).length;
  const machines = [...new Set(steps.map(({ machine }) => machine))].toSorted();
  const sections = [...new Set(steps.map(({ section }) => section))];
  return html`<form class="tools" role="search" aria-label="Steps and tests" hidden>
    ${choice("outcome", "Outcome", ["failed or error", "passed", "failed", "error", "skipped"].map(same))}
    ${choice("machine", "Machine", machines.map(same))}
    ${choice(
      "section",
      "Section",
      sections
        .flatMap(within)
        .filter(unique)
        .map((number) => [number, `${number} ${sectionTitle(record.sections ?? [], number)}`]),
    )}
    <label>Text <input name="text" type="search" autocomplete="off" /></label>
    <button type="button" name="expand">Expand all</button>
    <button type="button" name="next" ${red === 0 && "disabled"}>Next failure</button>
    <output>${count(steps.length, "step")}, ${count(tests.length, "test")}</output>
  </form>`;
}

const same = (value: string): [string, string] => [value, value];

const unique = (value: string, index: number, all: readonly string[]): boolean =>
  all.indexOf(value) === index;

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
