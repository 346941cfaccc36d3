import type { ClaimRecord, RunRecord } from "../../../record/record.ts";
import { milestoneTitle } from "../../labels.ts";
import { count } from "../../text.ts";
import { linkTo } from "../../anchors.ts";
import type { PageContext } from "../context.ts";
import { html, type Markup } from "../document/markup.ts";
import { outcomeWord, table } from "../parts.ts";

/** The guide's claims: which tests name each, how those ended, and what follows. Nothing where no test was to run. */
export function claims(record: RunRecord, { anchors }: PageContext): Markup | undefined {
  const { claims: all = [], tests } = record;
  if (all.length === 0 || tests.length === 0) return undefined;
  const proved = all.filter(({ result }) => result === "proved").length;
  const row = ({ id, text, result, tests: own, reason = "" }: ClaimRecord): (string | Markup)[] => [
    html`<b>${id}</b><br /><small class="soft">${text}</small>`,
    html`${own.map(
      ({ milestone, name, outcome }) =>
        html`<div>
          ${outcomeWord(outcome)}
          <a href="${linkTo(anchors.milestone(milestone))}">${milestoneTitle(record, milestone)}</a>: ${name}
        </div>`,
    )}`,
    result,
    reason,
  ];
  if (all.every(({ result, tests: own }) => own.length === 0 && result === "not proved"))
    return html`<h2>Claims</h2>
      <p class="soft">The tests of this run name none of the guide's ${count(all.length, "claim")}.</p>`;
  return html`<h2>Claims <small>of the guide: ${proved} of ${count(all.length, "claim")} proved</small></h2>
    ${table(["claim", "tests", "result", "why"], all.map(row))}`;
}
