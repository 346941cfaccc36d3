import type { Outcome } from "../../record/outcome.ts";
import type { FailureRecord } from "../../record/record.ts";
import { failureParts, type Part } from "../parts/failure.ts";
import { lastLines } from "../text.ts";
import { html, type Markup } from "./markup.ts";

/** What a page shows of one output; all of it is in run.json. */
const outputLines = 200;

/** Facts as a list of names and texts; longer ones as they were printed. */
export const partList = (parts: readonly Part[]): Markup =>
  html`<dl>
    ${parts.map(({ name, text }) => {
      const printed = ["command", "output", "unit journal"].includes(name) || text.includes("\n");
      return html`<dt>${name}</dt>
        <dd>${printed ? html`<pre>${text}</pre>` : text}</dd>`;
    })}
  </dl>`;

/** A failure inside a step or a test. */
export const failureBox = (
  failure: FailureRecord | undefined,
  before: readonly Part[] = [],
): Markup | undefined =>
  failure &&
  html`<pre>${failure.message}</pre>
    ${partList([...before, ...failureParts(failure)])}`;

/** Output as it came, its end if it is long. */
export const outputBox = (output: string): Markup =>
  output.trim() === ""
    ? html`<p class="soft">no output</p>`
    : html`<pre>${lastLines(output, outputLines)}</pre>`;

export const dot = (outcome: Outcome): Markup => html`<i class="dot ${outcome}" title="${outcome}"></i>`;
