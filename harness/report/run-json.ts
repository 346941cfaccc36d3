import { writeFile } from "node:fs/promises";
import { join } from "node:path";
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
