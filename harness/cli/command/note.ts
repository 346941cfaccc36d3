import { type Progress, silent, watched } from "../../progress.ts";
import { ChangingLine } from "../../report/console/changing-line.ts";
import { processRedactor } from "../../secrets/redact.ts";

const line = new ChangingLine(process.stderr);

/** How far long work is, the outer first. */
const works = new Map<symbol, string>();

/** Progress of a command that is not a run: what it says goes to standard error. */
export const noted: Progress = {
  ...silent,
  note: (message) => line.write(`${processRedactor.text(message)}\n`),
  watch(far, work) {
    const own = Symbol("work");
    works.set(own, "");
    return watched(far, work, (text) => {
      if (text === undefined) works.delete(own);
      else works.set(own, processRedactor.text(text));
      line.tell([...works.values()].filter(Boolean).join(" · "));
    });
  },
};
