import type { Reporter, RunRecord } from "../../record/record.ts";
import { claims } from "./claims.ts";
import { faults } from "./faults.ts";
import { header } from "./header.ts";
import { html } from "./markup.ts";
import { milestones } from "./milestones.ts";
import { notes } from "./notes.ts";
import { steps } from "./steps.ts";
import { oneFile } from "../run-json.ts";
import { document } from "./document.ts";
import { timeline } from "./timeline.ts";
import { headlineOf } from "../labels.ts";

/** `report.html`: one page for a person, with nothing outside of itself. */
export const htmlReport = (): Reporter => oneFile("html", "report.html", page);

/** The whole page. */
export function page(record: RunRecord): string {
  const body = html`${header(record)} ${milestones(record)} ${claims(record)} ${faults(record)}
  ${timeline(record)} ${steps(record)} ${notes(record)}`;
  return document(`${headlineOf(record)}: ${record.command} ${record.id}`, body);
}
