import type { Hop } from "../../../record/observed.ts";
import { html, type Markup } from "../document/markup.ts";

const column = 190;
const line = 34;
const head = 28;
/** Room beside the first actor's line for the times, in pixels. */
const left = 90;

/** Hops as a sequence diagram: a column an actor, a line a hop, with its time. */
export function sequence(hops: readonly Hop[]): Markup {
  const actors = [...new Set(hops.flatMap(({ from, to }) => [from, to]))];
  const x = (actor: string): number => left + column * (actors.indexOf(actor) + 0.5);
  const [width, height] = [left + column * actors.length, head + line * (hops.length + 0.5)];
  return html`<div class="sequence" tabindex="0">
    <svg
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-label="who asked whom"
    >
      ${actors.map(
        (actor) =>
          html`<text class="actor" x="${x(actor)}" y="14">${actor}</text>
            <path class="life" d="M${x(actor)} ${head - 6}V${height}" />`,
      )}
      ${hops.map((hop, index) => arrow(hop, head + line * (index + 0.7), x))}
    </svg>
  </div>`;
}

function arrow({ from, to, what, atMs }: Hop, y: number, x: (actor: string) => number): Markup {
  const [start, end] = [x(from), x(to)];
  const back = end > start ? -7 : 7;
  return html`<text class="at" x="0" y="${y + 4}">${atMs.toFixed(0)} ms</text>
    <path class="hop" d="M${start} ${y}H${end}m${back} -4L${end} ${y}L${end + back} ${y + 4}" />
    <text class="what" x="${(start + end) / 2}" y="${y - 5}">${what}<title>${what}</title></text>`;
}
