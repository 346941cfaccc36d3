import { GuideFailure } from "../../../harness/cluster.ts";
import { slowness } from "../run.ts";

/**
 * How long the suites wait for one answer of a server: less once one has not come, until one comes, so that what is known to be
 * missing is not waited for again and again.
 */
export class AnswerTimeout {
  /** Servers that gave no answer when they were asked last. */
  readonly #lost = new Set<string>();

  secondsFor(server: string): number {
    return (this.#lost.has(server) ? 2 : 10) * slowness;
  }

  /** An answer has not come. */
  lose(server: string): void {
    this.#lost.add(server);
  }

  /** An answer has come. */
  find(server: string): void {
    this.#lost.delete(server);
  }

  /** The servers are others from now on. */
  regain(): void {
    this.#lost.clear();
  }

  /** What `work` comes to; GuideFailure if that takes too long. `what` is a sentence's beginning. */
  async waitFor<T>(server: string, what: string, work: Promise<T>): Promise<T> {
    const seconds = this.secondsFor(server);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.lose(server);
      late.reject(
        new GuideFailure(`${what} has not come (asked once in ${seconds} s)`, {
          late: seconds * 1000,
          hint: "See the journal of the unit that should have given it.",
        }),
      );
    }, seconds * 1000);
    try {
      const answer = await Promise.race([work, late.promise]);
      this.find(server);
      return answer;
    } finally {
      clearTimeout(timer);
    }
  }
}
