import { ArtifactError } from "../errors.ts";
import { withLock } from "../lock.ts";
import type { Progress } from "../progress.ts";

/**
 * Runs `work` while no other process holds the lock file `path` of a part of the cache. Waits for one that does.
 * Throws ArtifactError after an hour of waiting, or the signal's reason.
 */
export function alone<T>(
  path: string,
  progress: Progress,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const held = (holder: string): ArtifactError =>
    new ArtifactError(`Another build of the artifacts does not end: ${holder}`, {
      hint: `If no such build runs, delete ${path}.`,
    });
  return withLock(path, { name: "build lock", progress, signal, held }, work);
}
