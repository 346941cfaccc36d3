import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { gitCommit } from "../run/workflow.ts";

/**
 * What a round has come to so far, in a file with a line of JSON for each of its parts: where it is broken off, `--continue`
 * goes on with what is left. A part holds for the commit that it was tried with, and for its own key.
 */
export class Unfinished<T> {
  readonly #file: string;
  readonly #commit: string;
  readonly #earlier: ReadonlyMap<string, T>;

  private constructor(file: string, commit: string, earlier: ReadonlyMap<string, T>) {
    this.#file = file;
    this.#commit = commit;
    this.#earlier = earlier;
  }

  /** Begins anew, or with `goOn` from what the last round came to; what could not be `judged` deserves another try. */
  static async open<T>(
    file: string,
    {
      goOn,
      judged,
      commit,
    }: {
      readonly goOn: boolean;
      readonly judged: (part: T) => boolean;
      readonly commit?: string;
    },
  ): Promise<Unfinished<T>> {
    await mkdir(dirname(file), { recursive: true });
    if (!goOn) await rm(file, { force: true });
    const text = await readFile(file, "utf8").catch(() => "");
    // A round that was killed while it wrote leaves a line without an end.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole !== text) await writeFile(file, whole);
    const lines: readonly { key: string; part?: T }[] = whole
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const earlier = lines.flatMap(({ key, part }) =>
      // What an earlier version of this file wrote has none.
      part !== undefined && judged(part) ? [[key, part] as const] : [],
    );
    return new Unfinished(file, commit ?? (await gitCommit()) ?? "unknown", new Map(earlier));
  }

  /** What an earlier round came to for this part, if it holds. */
  known(key: string): T | undefined {
    return this.#earlier.get(this.#whole(key));
  }

  async keep(key: string, part: T): Promise<void> {
    await appendFile(this.#file, `${JSON.stringify({ key: this.#whole(key), part })}\n`);
  }

  #whole(key: string): string {
    return `${key} ${this.#commit}`;
  }
}
