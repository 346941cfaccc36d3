import type { Progress } from "../../progress.ts";

const everyMilliseconds = 5_000;

/** Says how far a download is, at most every few seconds. Sizes in bytes. */
export class Meter {
  readonly #name: string;
  readonly #progress: Progress;
  #last = performance.now();
  #since = 0;

  constructor(name: string, progress: Progress) {
    this.#name = name;
    this.#progress = progress;
  }

  /** `chunk` more bytes came; `have` of `total` are there now. */
  add(chunk: number, have: number, total: number | undefined): void {
    this.#since += chunk;
    const now = performance.now();
    const seconds = (now - this.#last) / 1000;
    if (seconds * 1000 < everyMilliseconds) return;
    const of = total === undefined ? size(have) : `${Math.floor((have / total) * 100)} % of ${size(total)}`;
    this.#progress.note(`${this.#name}: ${of}, ${size(this.#since / seconds)}/s`);
    this.#last = now;
    this.#since = 0;
  }
}

/** Bytes as a person says them: `442.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
