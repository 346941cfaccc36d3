import type { RunRecord } from "../../record/record.ts";
import { type FaultRow, faultRows } from "../parts/faults.ts";
import { count } from "../text.ts";
import { html, type Markup } from "./markup.ts";
import { dot } from "./parts.ts";

/** What was taken away from the running cluster, and what came of it. Nothing where nothing was. */
export function faults(record: RunRecord): Markup | undefined {
  const rows = faultRows(record);
  if (rows.length === 0) return undefined;
  return html`<h2>Faults <small>of the running cluster: ${count(rows.length, "fault")}</small></h2>
    <div class="card list">
      <table>
        <tr>
          <th>fault</th>
          <th>went on</th>
          <th>broke</th>
          <th>noticed after</th>
          <th>undone after</th>
          <th>back after further</th>
          <th>milestones</th>
        </tr>
        ${rows.map(row)}
      </table>
    </div>`;
}

const row = ({ name, wentOn, broke, noticed, undone, back, outcome }: FaultRow): Markup =>
  html`<tr>
    <th scope="row">${name}</th>
    <td><small class="soft">${wentOn}</small></td>
    <td>${broke.map((one) => html`<div>${one}</div>`)}</td>
    <td class="nowrap">${noticed}</td>
    <td class="nowrap">${undone}</td>
    <td class="nowrap">${back}</td>
    <td>${dot(outcome)} ${outcome}</td>
  </tr>`;
