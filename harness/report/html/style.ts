import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Markup } from "./markup.ts";

/** The page's look: calm, light or dark as the reader's system is, and fit for print. */
export const style = new Markup(readFileSync(join(import.meta.dirname, "style.css"), "utf8"));
