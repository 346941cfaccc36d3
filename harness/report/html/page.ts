import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../../record/events.ts";
import type { RunRecord } from "../../record/record.ts";
import { anchorsOf } from "../anchors.ts";
import { headlineOf } from "../labels.ts";
import { addressesFrom, type PageContext, type FindGreen } from "./context.ts";
import { claims, drifts, faults } from "./sections/results.ts";
import { comparison } from "./sections/comparison.ts";
import { document } from "./document/document.ts";
import { html } from "./document/markup.ts";
import { header } from "./sections/header.ts";
import { readJournals, machines } from "./sections/machines.ts";
import { milestones } from "./sections/milestones.ts";
import { notes } from "./sections/notes.ts";
import { steps } from "./sections/steps.ts";
import { timeline } from "./sections/timeline.ts";
import { tools } from "./sections/tools.ts";

/** `report.html`: one page for a person, with nothing outside of itself. `find` gives the run that it is compared with. */
export const htmlReport = (find?: FindGreen): Reporter => ({
  name: "html",
  async write(record, folder) {
    await writeFile(join(folder, "report.html"), page(record, await besideOf(record, folder, find)));
    return ["report.html"];
  },
});

async function besideOf(record: RunRecord, folder: string, find?: FindGreen): Promise<PageContext> {
  const green = await find?.(record, folder);
  return {
    anchors: anchorsOf(record),
    addresses: addressesFrom(folder),
    journals: await readJournals(folder, green?.record.id),
    ...(green && { green }),
  };
}

export function page(record: RunRecord, beside: PageContext): string {
  const body = html`${header(record, beside)} ${comparison(record, beside)} ${tools(record)}
  ${milestones(record, beside)} ${claims(record, beside)} ${faults(record)} ${drifts(record)}
  ${timeline(record)} ${steps(record, beside)} ${machines(record, beside)} ${notes(record)}`;
  return document(`${headlineOf(record)}: ${record.command} ${record.id}`, body, { look: "report" });
}
