import type { Cluster } from "../cluster/index.ts";

/** Of vitest's context what a group needs. */
type Test = {
  readonly skip: (note: string) => never;
  readonly onTestFailed: (listener: () => void) => void;
};

/** What is done to the same machines one after the other: once something was red, later groups would say nothing. */
export class Serial {
  #broken: string | undefined;
  readonly #words: string;

  /** `words` of a group that left something red, such as `not all was as before after`. */
  constructor(words: string) {
    this.#words = words;
  }

  /**
   * One of them: its first test does it, with `begin`, and the others need what came of it. They are skipped with the
   * reason why the first was, with `unseen` where it failed before it saw the end, or with the news that it was left out.
   */
  group<T>(
    name: string,
    unseen: string,
  ): {
    readonly begin: (
      test: Test & { readonly cluster: Pick<Cluster, "cutsPower"> },
      cutsPower: boolean,
      work: () => Promise<T>,
    ) => Promise<T>;
    readonly outcome: (test: Test) => T;
  } {
    let seen: T | undefined;
    let without = `the test that makes it was left out: ${name}`;
    const watch = ({ onTestFailed }: Test): void => onTestFailed(() => void (this.#broken = name));
    return {
      begin: async (test, cutsPower, work) => {
        without = unseen;
        if (this.#broken !== undefined) test.skip((without = `${this.#words} ${this.#broken}`));
        if (cutsPower && !test.cluster.cutsPower)
          test.skip((without = "nobody can cut the power of these machines"));
        watch(test);
        return (seen = await work());
      },
      outcome: (test) => {
        watch(test);
        return seen ?? test.skip(without);
      },
    };
  }
}
