import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Deadlines } from "../deadlines.ts";
import { HarnessDefect, toHarnessError } from "../errors.ts";
import type { Reporter, RunEvent } from "../record/events.ts";
import type { RunRecord } from "../record/record.ts";
import { bounded, limited } from "../waits/bounded.ts";

/** How a run ended. */
export type Conclusion = Pick<RunRecord, "verdict" | "failure" | "otherFailures">;

type Ending = {
  /** The verdict as it stands, by the reporters that broke. */
  readonly conclude: (broken: readonly HarnessDefect[]) => Conclusion;
  readonly record: (conclusion: Conclusion) => RunRecord;
  readonly ended: (record: RunRecord) => void;
  readonly folder: string;
  readonly deadlines: Deadlines;
};

/** A run's reporters. One that breaks is told nothing more, keeps no other from its work, and is a defect. */
export class Reporters {
  readonly #all: readonly Reporter[];
  readonly #broken = new Map<Reporter, unknown>();

  constructor(all: readonly Reporter[]) {
    this.#all = all;
  }

  onEvent(event: RunEvent): void {
    for (const reporter of this.#whole()) {
      try {
        reporter.onEvent?.(event);
      } catch (error) {
        this.#broken.set(reporter, error);
      }
    }
  }

  /**
   * Has all write their files, sends the last event, and has all tell what is told at the end; gives the record. The verdict is
   * asked for again after files were written and after the last event, and they are written anew if it has changed, for
   * instance by a reporter that broke. One that breaks keeps no other from its work.
   */
  async finish({ conclude, record: recordOf, ended, folder, deadlines }: Ending): Promise<RunRecord> {
    const next = (): Conclusion => conclude(this.#defects());
    let record = recordOf(next());
    for (let isOver = false; ;) {
      await this.#write(record, folder, deadlines);
      if (!isOver && next().verdict === record.verdict) {
        isOver = true;
        ended(record);
      }
      if (next().verdict === record.verdict) break;
      record = { ...recordOf(next()), durationMs: record.durationMs };
    }
    const before = this.#broken.size;
    await this.#tell(record, folder, deadlines);
    // What broke only now is too late for the files, not for the exit code.
    return this.#broken.size === before ? record : { ...record, ...next() };
  }

  async #write(record: RunRecord, folder: string, deadlines: Deadlines): Promise<void> {
    const writing = this.#whole().map((reporter) =>
      this.#try(reporter, deadlines, () => written(reporter, record, folder)),
    );
    await Promise.all(writing);
  }

  /** Has each say what is told at the end; in order, for the last one says where the others have left their files. */
  async #tell(record: RunRecord, folder: string, deadlines: Deadlines): Promise<void> {
    // A broken one may still be able to.
    for (const reporter of this.#all) {
      await this.#try(reporter, deadlines, async () => reporter.tell?.(record, folder));
    }
  }

  #defects(): HarnessDefect[] {
    return [...this.#broken].map(
      ([{ name }, cause]) =>
        new HarnessDefect(`The reporter ${name} failed: ${toHarnessError(cause).message}`, {
          hint: "See the disk and the permissions of reports/; what the other reporters wrote is whole.",
          cause,
        }),
    );
  }

  #whole(): Reporter[] {
    return this.#all.filter((reporter) => !this.#broken.has(reporter));
  }

  async #try(reporter: Reporter, deadlines: Deadlines, work: () => Promise<void>): Promise<void> {
    const what = `The reporter ${reporter.name}`;
    using context = limited(what, deadlines.for("report"), deadlines);
    try {
      await bounded(what, context, work);
    } catch (error) {
      this.#broken.set(reporter, error);
    }
  }
}

/** Has a reporter write its files, and throws unless each of them is there with something in it. */
async function written(reporter: Reporter, record: RunRecord, folder: string): Promise<void> {
  const names = (await reporter.write?.(record, folder)) ?? [];
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const empty = names.find((_, index) => sizes[index] === 0);
  if (empty !== undefined) throw new Error(`${empty} is empty`);
}
