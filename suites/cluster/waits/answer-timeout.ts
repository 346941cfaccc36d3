import { GuideFailure } from "../engine.ts";
import { slowness } from "../run.ts";

/**
 * How long the suites wait for one answer of a server: less once one has not come, so that what is known to be missing
 * is not waited for again and again.
 */
export class AnswerTimeout {
  #seconds = 10 * slowness;

  get seconds(): number {
    return this.#seconds;
  }

  /** An answer has not come. */
  lose(): void {
    this.#seconds = 2 * slowness;
  }

  /** The servers are others from now on. */
  regain(): void {
    this.#seconds = 10 * slowness;
  }

  /** What `work` comes to; GuideFailure if that takes too long. `what` is a sentence's beginning. */
  async waitFor<T>(what: string, work: Promise<T>): Promise<T> {
    const seconds = this.#seconds;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.lose();
      late.reject(
        new GuideFailure(`${what} has not come (asked once in ${seconds} s)`, {
          late: seconds * 1000,
          hint: "See the journal of the unit that should have given it.",
        }),
      );
    }, seconds * 1000);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
