import type { ChangedBlock } from "../../../record/blame.ts";
import type { RunRecord, StepRecord } from "../../../record/record.ts";
import { linkTo } from "../../anchors.ts";
import { count, duration } from "../../text.ts";
import type { PageContext, Green } from "../context.ts";
import { html, type Markup } from "../document/markup.ts";
import { codeBox, placeLink, table } from "../parts.ts";

/** How a step's block is not as in the last green run; undefined if it is, or if there is none. */
export const changedSince = (
  { id }: StepRecord,
  { green }: Pick<PageContext, "green">,
): ChangedBlock | undefined => green?.difference.blocks.find((block) => block.id === id);

/** How long a step took in the last green run, if that is notably other than now. */
export function timeBefore({ key }: StepRecord, { green }: Pick<PageContext, "green">): string | undefined {
  if (!green?.difference.durations.some((line) => line.startsWith(`${key} `))) return undefined;
  const before = green.record.steps.find((step) => step.key === key);
  return before && duration(before.durationMs);
}

export const comparedWith = ({ record: { reproduction } }: Green): string =>
  reproduction ? `the last run that showed ${reproduction.id}` : "the last green run";

export function comparison(record: RunRecord, beside: PageContext): Markup | undefined {
  const { green, addresses } = beside;
  if (!green) return undefined;
  const { blocks, inputs, durations, units = [] } = green.difference;
  const rows: (readonly [string, Markup | string, Markup | string])[] = [
    ...blocks.map(({ id, kind, lines, location }) => {
      const what = html`${kind} ${stepLink(id, record, beside)}<br />${placeLink(location, addresses)}`;
      return ["guide", what, lines.length > 0 ? codeBox(lines.join("\n")) : ""] as const;
    }),
    ...inputs.map((line) => ["input", line, ""] as const),
    ...durations.map((line) => {
      const [key = "", ...rest] = line.split(" ");
      return ["duration", stepLink(key, record, beside), rest.join(" ")] as const;
    }),
    ...units.map((line) => {
      const [unit = "", change = ""] = line.split(": ");
      return ["unit", unit, change] as const;
    }),
  ];
  const { id } = green.record;
  const address = addresses.run(id);
  return html`<h2 id="since">
      Since ${comparedWith(green)}
      <small>${address === undefined ? id : html`<a href="${address}">${id}</a>`}</small>
    </h2>
    ${differences(["kind", "what", "change"], rows)}`;
}

/** Differences as a table; folded if there are many. */
export const differences = (names: readonly string[], rows: Parameters<typeof table>[1]): Markup =>
  rows.length === 0
    ? html`<p class="soft">Nothing that is recorded differs.</p>`
    : html`<details class="card fold" ${rows.length <= 8 && "open"}>
        <summary>${count(rows.length, "difference")}</summary>
        ${table(names, rows)}
      </details>`;

function stepLink(name: string, { steps }: RunRecord, { anchors }: PageContext): Markup | string {
  const step = steps.find(({ id, key }) => key === name || id === name);
  return step ? html`<a href="${linkTo(anchors.step(step))}">${name}</a>` : name;
}
