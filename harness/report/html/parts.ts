import type { SourceLocation } from "../../errors.ts";
import type { Outcome } from "../../record/outcome.ts";
import type { FailureRecord } from "../../record/record.ts";
import { linkTo } from "../anchors.ts";
import { failureParts, type Part } from "../parts/failure.ts";
import { lastLines, place } from "../text.ts";
import type { Addresses } from "./context.ts";
import { html, type Markup } from "./document/markup.ts";

const outputLines = 200;

/** Text as it was printed. It may scroll, so that the keyboard must reach it. */
export const codeBox = (text: string): Markup => html`<pre tabindex="0">${text}</pre>`;

export const commandBox = (text: string): Markup => html`<pre tabindex="0" class="command">${text}</pre>`;

/** Facts as a list of names and texts; longer ones as they were printed. */
export const partList = (parts: readonly Part[]): Markup =>
  html`<dl>
    ${parts.map(
      ({ name, text }) =>
        html`<dt>${name}</dt>
          <dd>${partText(name, text)}</dd>`,
    )}
  </dl>`;

function partText(name: string, text: string): Markup | string {
  if (name === "command") return commandBox(text);
  return ["output", "unit journal"].includes(name) || text.includes("\n") ? codeBox(text) : text;
}

export const failureBox = (
  failure: FailureRecord | undefined,
  before: readonly Part[] = [],
): Markup | undefined =>
  failure && html`${codeBox(failure.message)} ${partList([...before, ...failureParts(failure)])}`;

export const outputBox = (output: string): Markup =>
  output.trim() === "" ? html`<p class="soft">no output</p>` : codeBox(lastLines(output, outputLines));

export const outcomeWord = (outcome: Outcome): Markup =>
  html`<span class="outcome ${outcome}">${outcome}</span>`;

/** A link to the place itself, and to the lines of files that it comes from. */
export const links = (
  id: string,
  places: readonly (SourceLocation | undefined)[],
  addresses: Addresses,
): Markup =>
  html`<p class="links">
    <a href="${linkTo(id)}">link to this</a>
    ${places.map((location) => location && placeLink(location, addresses))}
  </p>`;

/** `guide.md:261`, as a link where there is one. */
export function placeLink(location: SourceLocation, addresses: Addresses): Markup {
  const address = addresses.line(location);
  const text = html`<span class="mono">${place(location)}</span>`;
  return address === undefined ? text : html`<a href="${address}">${text}</a>`;
}

const isOfWords = (text: string): boolean => text.split(/\s+/).every(({ length }) => length <= 14);

function cellOf(name: string, cell: string | Markup | undefined): Markup {
  const kind = typeof cell === "string" && isOfWords(cell) ? "words" : "";
  return html`<td role="cell" class="${kind}" data-name="${name}">${cell}</td>`;
}

/** A table; its cells say the name of their column where there is no room for columns. */
export const table = (
  names: readonly string[],
  rows: readonly (readonly (string | Markup | undefined)[])[],
): Markup =>
  html`<div class="card list">
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${names.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (cells) =>
            html`<tr role="row">
              ${cells.map((cell, index) => cellOf(names[index] ?? "", cell))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
