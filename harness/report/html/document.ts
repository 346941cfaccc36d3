import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, Markup } from "./markup.ts";

/** The look of every page: calm, light or dark as the reader's system is, and fit for print. */
const style = new Markup(readFileSync(join(import.meta.dirname, "style.css"), "utf8"));

/** A whole page, with nothing outside of itself; `own` is style of this page alone. */
export function document(title: string, body: Markup, own?: Markup): string {
  // The policy keeps the promise: nothing is loaded, and nothing in it runs.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${style}${own}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text;
}
