import type { ClaimRecord, RunRecord } from "../../record/record.ts";
import { milestoneTitle } from "../labels.ts";
import { count } from "../text.ts";
import { html, type Markup } from "./markup.ts";
import { dot } from "./parts.ts";

/** The guide's claims: which tests name each, how those ended, and what follows. Nothing where no test was to run. */
export function claims(record: RunRecord): Markup | undefined {
  const { claims: all = [], tests } = record;
  if (all.length === 0 || tests.length === 0) return undefined;
  const proved = all.filter(({ result }) => result === "proved").length;
  return html`<h2>Claims <small>of the guide: ${proved} of ${count(all.length, "claim")} proved</small></h2>
    <div class="card list">
      <table>
        ${all.map((claim) => row(record, claim))}
      </table>
    </div>`;
}

const row = (record: RunRecord, { id, text, result, tests, reason = "" }: ClaimRecord): Markup =>
  html`<tr>
    <th scope="row">${id}<br /><small class="soft">${text}</small></th>
    <td>
      ${tests.map(
        ({ milestone, name, outcome }) =>
          html`<div>
            ${dot(outcome)} <a href="#${milestone}">${milestoneTitle(record, milestone)}</a>: ${name}
          </div>`,
      )}
    </td>
    <td class="nowrap">${result}</td>
    <td>${reason}</td>
  </tr>`;
