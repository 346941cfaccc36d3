import { appendFileSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../host/paths.ts";
import type { Reporter } from "../record/events.ts";

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
