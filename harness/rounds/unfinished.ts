import { appendFile, mkdir, readFile, rename, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { isErrno } from "../host/errno.ts";
import { parseLines } from "../host/persisted.ts";
import { gitCommit } from "../run/workflow.ts";

export type UnfinishedOptions<T> = {
  /** Whether to go on with what the last round came to, rather than begin anew. */
  readonly keepResults: boolean;
  /** Whether a part holds; what could not be judged deserves another try. */
  readonly judged: (part: T) => boolean;
  readonly commit?: string;
  /** One line for a person. */
  readonly say?: (line: string) => void;
};

/**
 * What a round has come to so far, in a file with a line of JSON for each of its parts: where it is broken off, `--continue`
 * goes on with what is left. A part holds for the commit that it was tried with, and for its own key. A round that begins
 * anew sets what the one before came to aside once it has a part of its own.
 */
export class Unfinished<T> {
  readonly #file: string;
  readonly #commit: string;
  readonly #earlier: ReadonlyMap<string, T>;
  /** Once there is a place for this round's parts. */
  #begun: Promise<void> | undefined;
  readonly #say: (line: string) => void;

  private constructor(
    file: string,
    {
      commit,
      earlier,
      keepResults,
      say,
    }: {
      readonly commit: string;
      readonly earlier: ReadonlyMap<string, T>;
      readonly keepResults: boolean;
      readonly say: (line: string) => void;
    },
  ) {
    this.#file = file;
    this.#commit = commit;
    this.#earlier = earlier;
    this.#say = say;
    if (keepResults) this.#begun = Promise.resolve();
  }

  static async open<T>(file: string, options: UnfinishedOptions<T>): Promise<Unfinished<T>> {
    const { keepResults, judged, say = (line) => void process.stderr.write(`${line}\n`) } = options;
    await mkdir(dirname(file), { recursive: true });
    const earlier = keepResults ? await read(file, judged, say) : [];
    const commit = options.commit ?? (await gitCommit()) ?? "unknown";
    return new Unfinished(file, { commit, earlier: new Map(earlier), keepResults, say });
  }

  /** What an earlier round came to for this part, if it holds. */
  known(key: string): T | undefined {
    return this.#earlier.get(this.#whole(key));
  }

  async keep(key: string, part: T): Promise<void> {
    await (this.#begun ??= this.#setAside());
    await appendFile(this.#file, `${JSON.stringify({ key: this.#whole(key), part })}\n`);
  }

  async #setAside(): Promise<void> {
    const aside = this.#file.replace(/(\.jsonl)?$/, ".previous$1");
    try {
      await rename(this.#file, aside);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return;
      throw error;
    }
    this.#say(
      `The results of the round before are in ${aside} now. To go on with that: mv ${aside} ${this.#file}, then --continue.`,
    );
  }

  #whole(key: string): string {
    return `${key} ${this.#commit}`;
  }
}

/** What an earlier version of this file wrote has no part. */
const lineSchema = <T>() =>
  z.object({
    key: z.string(),
    part: z.custom<T>((part) => typeof part === "object" && part !== null).optional(),
  });

/** The parts of an earlier round that hold; the later of two with the same key comes later. */
async function read<T>(
  file: string,
  judged: (part: T) => boolean,
  say: (line: string) => void,
): Promise<(readonly [string, T])[]> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return "";
    throw error;
  });
  // A round that was killed while it wrote leaves a line without an end.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole !== text) await truncate(file, Buffer.byteLength(whole));
  const { items, damaged } = parseLines(whole, file, lineSchema<T>());
  for (const { line } of damaged) say(`${file}:${line} cannot be read and is passed over`);
  return items.flatMap(({ key, part }) => (part !== undefined && judged(part) ? [[key, part] as const] : []));
}
