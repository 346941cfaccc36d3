import type { RunRecord } from "../../../record/record.ts";
import { count } from "../../text.ts";
import type { PageContext } from "../context.ts";
import { stateOf } from "../../../record/blame.ts";
import { journalItems } from "./journals.ts";
import { html, type Markup } from "../document/markup.ts";
import { table } from "../parts.ts";

/** Each machine with its units at the run's end and what they said; nothing if no machine could be asked. */
export function machines({ units = [] }: RunRecord, { journals, green }: PageContext): Markup | undefined {
  const names = [...new Set([...units, ...journals].map(({ machine }) => machine))].toSorted();
  if (names.length === 0) return undefined;
  return html`<h2>Machines <small>their units at the run's end, and what these said</small></h2>
    <div class="card list">
      ${names.map((name) => {
        const own = units.filter(({ machine }) => machine === name);
        return html`<details class="machine" id="machine/${name}">
          <summary>
            <span>${name}</span>
            <span class="aside soft">${own.length > 0 && count(own.length, "unit")}</span>
          </summary>
          ${
            own.length > 0 &&
            table(
              ["unit", "state"],
              own.map((unit) => [unit.unit, stateOf(unit)]),
            )
          }
          ${journalItems(
            journals.filter(({ machine }) => machine === name),
            green?.record.id,
          )}
        </details>`;
      })}
    </div>`;
}
