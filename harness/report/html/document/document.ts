import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, Markup } from "./markup.ts";

const own = (file: string): string => readFileSync(join(import.meta.dirname, file), "utf8");

/** Calm, light or dark as the reader's system is, and fit for a small screen and for print. */
const base = own("base.css");
const looks = { report: own("report.css"), history: own("history.css") };
const script = own("script.js");

/** The policy keeps the promise: nothing is loaded, and nothing runs but this script. */
const digest = createHash("sha256").update(script).digest("base64");
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`;

export type DocumentOptions = {
  readonly look: keyof typeof looks;
  /** Of a page that asks its server anew whenever that says that something happened: what it shows, such as a run. */
  readonly live?: string;
};

export function document(title: string | Markup, body: Markup, { look, live }: DocumentOptions): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="${policy}${live !== undefined && "; connect-src 'self'"}"
        />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${new Markup(`<style>${base}${looks[look]}</style>`)}
      </head>
      <body ${live !== undefined && html`data-live="${live}"`}>
        <main>${body}</main>
        ${new Markup(`<script>${script}</script>`)}
      </body>
    </html> `.text;
}
