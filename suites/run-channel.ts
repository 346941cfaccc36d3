import type { SuiteMessage } from "../harness/cluster.ts";

/** What a line begins with that the suites print for the run to note. */
export const notePrefix = "note for the run: ";

/** Sends a message to the run that started this process; resolves once it is handed over, at once without a run. */
export const sendToRun = async (message: SuiteMessage): Promise<void> => {
  const sent = Promise.withResolvers<void>();
  if (!process.send) return;
  process.send(message, undefined, undefined, () => sent.resolve());
  await sent.promise;
};
