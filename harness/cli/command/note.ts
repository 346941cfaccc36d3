import { type Progress, silent } from "../../progress.ts";
import { processRedactor } from "../../secrets/redact.ts";

/** Progress of a command that is not a run: notes go to standard error. */
export const noted: Progress = {
  ...silent,
  note: (message) => void process.stderr.write(`${processRedactor.text(message)}\n`),
};
