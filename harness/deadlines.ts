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
  /** A question to a machine: the state of a unit, a small file. */
  question: 20_000,
  /** A command that helps the guide, or collects what is known of a failure. */
  help: 60_000,
  /** A step of the guide, from its first command to its last. */
  step: 1_800_000,
  /** A step that prints nothing meanwhile. */
  stepSilence: 300_000,
  /** Until it is known, after a failure, whether a unit comes up or is started again and again. */
  unitSettles: 10_000,
  /** A unit that systemd does not start again for so long stays as it is. */
  unitRests: 2500,
} as const;

/** A kind of work with a limit of its own. */
export type Limit = keyof typeof limits;

/** The deadlines of one run: every limit times `--timeout-factor`. */
export class Deadlines {
  readonly factor: number;

  constructor(factor = 1) {
    this.factor = factor;
  }

  /** Milliseconds for a kind of work. */
  for(limit: Limit): number {
    return this.scaled(limits[limit]);
  }

  /** Milliseconds for what has a limit of its own, such as the guide's `within`. */
  scaled(milliseconds: number): number {
    return milliseconds * this.factor;
  }
}
