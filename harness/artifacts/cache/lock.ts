import type { Context } from "../../context.ts";
import { ArtifactError } from "../../errors.ts";
import { withLock } from "../../host/lock.ts";
import type { Progress } from "../../progress.ts";

/**
 * Runs `work` while no other process changes the parts of the cache that the lock files guard.
 * Throws ArtifactError if another's work does not come to its end, or the signal's reason.
 */
export function withCacheLock<T>(
  [lock, ...others]: readonly string[],
  progress: Progress,
  context: Context,
  work: () => Promise<T>,
): Promise<T> {
  if (lock === undefined) return work();
  const held = (holder: string): ArtifactError =>
    new ArtifactError(`Another build or download of the artifacts does not end: ${holder}`, {
      hint: `Wait for its end, or end it. The kernel frees ${lock} with it.`,
    });
  return withLock(lock, { name: "build lock", progress, ...context, held }, () =>
    withCacheLock(others, progress, context, work),
  );
}
