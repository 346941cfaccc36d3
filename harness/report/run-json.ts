import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Reporter } from "../record/record.ts";

/** `run.json`: the run's record, for programs. */
export const runJson = (): Reporter => ({
  name: "run.json",
  async write(record, folder) {
    await writeFile(join(folder, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
    return ["run.json"];
  },
});
