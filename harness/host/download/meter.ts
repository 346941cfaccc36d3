import type { Progress } from "../../progress.ts";

const everyMilliseconds = 5_000;

/**
 * Says how far a download is, at most every few seconds: whenever `chunk` more bytes came, and `have` of `total` are there. Sizes
 * in bytes.
 */
export function meter(
  name: string,
  progress: Progress,
): (chunk: number, have: number, total: number | undefined) => void {
  let last = performance.now();
  let since = 0;
  return (chunk, have, total) => {
    since += chunk;
    const now = performance.now();
    const seconds = (now - last) / 1000;
    if (seconds * 1000 < everyMilliseconds) return;
    const of = total === undefined ? size(have) : `${Math.floor((have / total) * 100)} % of ${size(total)}`;
    progress.note(`${name}: ${of}, ${size(since / seconds)}/s`);
    last = now;
    since = 0;
  };
}

/** Bytes as a person says them: `442.1 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
