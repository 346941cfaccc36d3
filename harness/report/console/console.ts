import type { Writable } from "node:stream";
import chalk, { type ChalkInstance, chalkStderr } from "chalk";
import type { Reporter } from "../../record/record.ts";
import { ChangingLine } from "./changing-line.ts";
import { type FindCourse, LiveView, type Loudness } from "./live-view.ts";

export type ConsoleOptions = {
  /** Standard output holds the run's record as JSON and nothing else; a person reads standard error. */
  readonly json: boolean;
  readonly loudness?: Loudness;
  /** Gives an earlier run like this one, by which it is known how long this one takes. */
  readonly earlier?: FindCourse;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly colours?: ChalkInstance;
};

/** A run on a terminal or in a CI log: what is done now and how far it is, each failure at once, a summary at the end. */
export function consoleReporter(options: ConsoleOptions): Reporter {
  const { json, stdout = process.stdout, stderr = process.stderr } = options;
  const colours = options.colours ?? (json ? chalkStderr : chalk);
  const { loudness = "normal", earlier } = options;
  const live = new LiveView(new ChangingLine(json ? stderr : stdout), colours, loudness, earlier);
  return {
    name: "console",
    onEvent: (event) => live.show(event),
    tell(record, folder) {
      live.finish(record, folder);
      if (json) stdout.write(`${JSON.stringify(record, null, 2)}\n`);
      return Promise.resolve();
    },
  };
}
