import type { Reporter, RunRecord } from "../../record/record.ts";
import { header } from "./header.ts";
import { html } from "./markup.ts";
import { milestones } from "./milestones.ts";
import { notes } from "./notes.ts";
import { steps } from "./steps.ts";
import { oneFile } from "../run-json.ts";
import { style } from "./style.ts";
import { timeline } from "./timeline.ts";
import { headlines } from "../labels.ts";

/** `report.html`: one page for a person, with nothing outside of itself. */
export const htmlReport = (): Reporter => oneFile("html", "report.html", page);

/** The whole page. */
export function page(record: RunRecord): string {
  // The policy keeps the promise: nothing is loaded, and nothing in it runs.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${headlines[record.verdict]}: ${record.command} ${record.id}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          ${header(record)} ${milestones(record)} ${timeline(record)} ${steps(record)} ${notes(record)}
        </main>
      </body>
    </html> `.text;
}
