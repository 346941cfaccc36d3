import { appendFileSync, closeSync, mkdirSync, openSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../host/paths.ts";
import type { Reporter } from "../record/events.ts";
import type { RunRecord } from "../record/record.ts";

/** A reporter that writes one file, with the text that it makes of a run's record. */
export const oneFile = (name: string, file: string, textOf: (record: RunRecord) => string): Reporter => ({
  name,
  async write(record, folder) {
    await writeFile(join(folder, file), textOf(record));
    return [file];
  },
});

/** `run.json`: the run's record, for programs. */
export const runJson = (): Reporter =>
  oneFile("run.json", "run.json", (record) => `${JSON.stringify(record, null, 2)}\n`);

/**
 * `journal.jsonl`: every event as a JSON line, written when it happens, so that the file tells the story up to
 * the last moment even of a run that was killed.
 */
export function journal(reports = join(projectRoot, "reports")): Reporter {
  let file: number | undefined;
  return {
    name: "journal",
    onEvent(event) {
      if (event.type === "run-start") {
        const folder = join(reports, event.id);
        mkdirSync(folder, { recursive: true });
        file = openSync(join(folder, "journal.jsonl"), "a");
      }
      // Of no use afterwards.
      if (event.type === "progress") return;
      // All of it, or it throws: a disk that is nearly full takes a part of a line without a word.
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(event)}\n`);
    },
    write: () => Promise.resolve(["journal.jsonl"]),
    tell() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      return Promise.resolve();
    },
  };
}
