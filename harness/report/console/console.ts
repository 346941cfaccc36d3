import type { Writable } from "node:stream";
import chalk, { type ChalkInstance, chalkStderr } from "chalk";
import type { Blame } from "../../record/blame.ts";
import type { Reporter } from "../../record/events.ts";
import type { FailureRecord } from "../../record/record.ts";
import { ChangingLine } from "./changing-line.ts";
import { Lines } from "./lines.ts";
import { type FindEarlierRun, liveView, type Loudness } from "./live-view.ts";

export type ConsoleOptions = {
  /** Standard output holds the run's record as JSON and nothing else; a person reads standard error. */
  readonly json: boolean;
  readonly loudness?: Loudness;
  /** Gives an earlier run like this one, by which it is known how long this one takes. */
  readonly earlier?: FindEarlierRun;
  /** Another program tells a person when it ends this run: then the rest is not shown. */
  readonly endsTold?: boolean;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  readonly colours?: ChalkInstance;
};

/** Where a run is shown, for what is said beside its events. */
export interface Screen {
  readonly colours: ChalkInstance;
  block(text: string): void;
  /** A question, on a line that stays open. */
  question(text: string): void;
  /** A failure and where it comes from, as far as they were not shown yet; not told again at the end. */
  failed(failure: FailureRecord, blames: readonly Blame[]): void;
}

/** A run on a terminal or in a CI log: what is done now and how far it is, each failure at once, a summary at the end. */
export function consoleReporter(options: ConsoleOptions): Reporter & Screen {
  const { json, stdout = process.stdout, stderr = process.stderr } = options;
  const colours = options.colours ?? (json ? chalkStderr : chalk);
  const { loudness = "normal", earlier, endsTold = false } = options;
  const lines = new Lines(new ChangingLine(json ? stderr : stdout), colours, loudness === "quiet");
  let isOver = false;
  const live = liveView(lines, colours, loudness, earlier);
  return {
    name: "console",
    colours,
    block: (text) => lines.block(text),
    question: (text) => lines.question(text),
    failed: live.tellFailure,
    onEvent(event) {
      if (endsTold && event.type === "interrupted") {
        isOver = true;
        live.stop();
      }
      if (!isOver) live.show(event);
    },
    tell(record, folder) {
      if (!isOver || (record.otherFailures ?? []).length > 0) live.finish(record, folder);
      if (json) stdout.write(`${JSON.stringify(record, null, 2)}\n`);
      return Promise.resolve();
    },
  };
}
