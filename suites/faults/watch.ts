import { setTimeout } from "node:timers/promises";
import { GuideFailure, InfrastructureError, slowness } from "../cluster/index.ts";
import { calm, type Outage, outagesOf, type Sample } from "./outages.ts";

/** Something that a user of the cluster notices, and how it is looked at. */
export type Probe = {
  readonly name: string;
  /**
   * What is wrong with it now, empty if nothing is; undefined if that cannot be told. A GuideFailure and an InfrastructureError are
   * wrong, too.
   */
  readonly ask: () => Promise<string | undefined>;
  /** Milliseconds after which an answer comes too late, on machines that are not slow; Infinity where it may take its time. */
  readonly late: number;
  /** Milliseconds from one answer to the next question. */
  readonly interval: number;
};

/** Looks at something again and again until it is ended. */
export class Watch {
  readonly name: string;
  readonly #late: number;
  readonly #ended = new AbortController();
  readonly #samples: Sample[] = [];
  readonly #running: Promise<void>;
  #pending: number | undefined;

  constructor(probe: Probe) {
    this.name = probe.name;
    this.#late = probe.late;
    this.#running = this.#run(probe);
    // Whoever ends it is told.
    this.#running.catch(() => undefined);
  }

  /**
   * When it was not right since a moment of `performance.now`. `factor` is what slow machines take longer for an answer.
   */
  outages(since: number, factor = slowness): Outage[] {
    const late = this.#late * factor;
    const relative = this.#samples.filter(({ until }) => until > since).map((sample) => after(since, sample));
    const pending = this.#pending;
    if (pending === undefined || performance.now() - pending <= late) return outagesOf(relative, late);
    const waiting = { from: pending - since, until: performance.now() - since, wrong: "no answer yet" };
    return outagesOf([...relative, waiting], late);
  }

  /** What is not right: it was asked since a moment of `performance.now`, answered, and was right for a while. Empty if it is right. */
  lacks(since: number): string {
    const now = performance.now();
    if (this.#pending !== undefined && now - this.#pending > this.#late * slowness)
      return `${this.name}: no answer yet`;
    const last = this.#samples.findLast(({ wrong }) => wrong !== "");
    const isRight = ({ from, wrong }: Sample): boolean => wrong === "" && from >= (last?.until ?? -Infinity);
    const back = this.#samples.find(isRight);
    if (last && (!back || back.until > now - calm)) return `${this.name}: ${last.wrong}`;
    const isAsked = this.#samples.some(({ from, wrong }) => from >= since && wrong === "");
    return isAsked ? "" : `${this.name}: nobody could look yet`;
  }

  /** Ends it, once the last answer has come. Throws what went wrong in the looking itself. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run({ ask, interval }: Probe): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const from = performance.now();
      this.#pending = from;
      const seen = await ask().then((wrong) => (wrong === undefined ? undefined : { wrong }), failed);
      this.#pending = undefined;
      if (seen) this.#samples.push({ from, until: performance.now(), ...seen });
      await setTimeout(interval, undefined, { signal }).catch(() => undefined);
    }
  }
}

const after = (moment: number, { from, until, ...seen }: Sample): Sample => ({
  from: from - moment,
  until: until - moment,
  ...seen,
});

/** What an answer that did not come says; any other error is one of the project's own. */
function failed(thrown: unknown): Pick<Sample, "wrong" | "lost"> {
  if (!(thrown instanceof GuideFailure || thrown instanceof InfrastructureError)) throw thrown;
  const wrong = thrown.message.split("\n", 1)[0] ?? "";
  return { wrong, ...(thrown instanceof InfrastructureError && { lost: true as const }) };
}
