/**
 * How long each kind of work may take, in milliseconds, on machines that are not slow. These are all the figures there are:
 * code asks `Deadlines`, which knows how slow this run's machines are.
 */
const limits = {
  /** A whole run; `--deadline` sets another. */
  run: 4 * 3_600_000,
  /** Until a machine lets us in over SSH. */
  connect: 10_000,
  /** Between two questions whether a machine is still there. */
  keepalive: 5000,
  /** Until an end that was asked for has come: what goes on then is left behind. */
  windDown: 30_000,
  /** Tracing what is red, and collecting journals. */
  evidence: 180_000,
  /** One reporter's files. */
  report: 60_000,
  /** Removing what a run made. */
  teardown: 300_000,
  /** Without a word of the suites' process, whose tests have limits of their own. */
  suiteSilence: 600_000,
  /** A question to a machine: the state of a unit, a small file. */
  question: 20_000,
  /** A script beside the guide: a fault, a remedy, a probe. */
  script: 120_000,
  /** A command that helps the guide, or collects what is known of a failure. */
  help: 60_000,
} as const;

/** A kind of work with a limit of its own. */
export type Limit = keyof typeof limits;

/** The deadlines of one run: every limit times `--timeout-factor`. */
export class Deadlines {
  readonly factor: number;
  readonly #others: Partial<Record<Limit, number>>;

  /** `others` are limits, in milliseconds, that a person set: they are not multiplied. */
  constructor(factor = 1, others: Partial<Record<Limit, number>> = {}) {
    this.factor = factor;
    this.#others = others;
  }

  /** Milliseconds for a kind of work. */
  for(limit: Limit): number {
    return this.#others[limit] ?? this.scaled(limits[limit]);
  }

  /** Milliseconds for what has a limit of its own, such as the guide's `within`. */
  scaled(milliseconds: number): number {
    return milliseconds * this.factor;
  }
}
