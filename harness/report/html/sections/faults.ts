import type { RunRecord } from "../../../record/record.ts";
import { faultRows } from "../../parts/faults.ts";
import { count } from "../../text.ts";
import { html, type Markup } from "../document/markup.ts";
import { outcomeWord, table } from "../parts.ts";

const columns = ["fault", "went on", "broke", "noticed after", "undone after", "recovery took", "milestones"];

/** What was taken away from the running cluster, and what came of it. Nothing where nothing was. */
export function faults(record: RunRecord): Markup | undefined {
  const rows = faultRows(record);
  if (rows.length === 0) return undefined;
  return html`<h2>Faults <small>of the running cluster: ${count(rows.length, "fault")}</small></h2>
    ${table(
      columns,
      rows.map(({ name, wentOn, broke, noticed, undone, back, outcome }) => [
        html`<b>${name}</b>`,
        html`<small class="soft">${wentOn}</small>`,
        html`${broke.map((one) => html`<div>${one}</div>`)}`,
        noticed,
        undone,
        back,
        outcomeWord(outcome),
      ]),
    )}`;
}
