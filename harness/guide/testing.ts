import { InvalidGuideError } from "./invalid-guide.ts";

/** `line:column message` of each finding that `work` throws; other errors pass through. */
export function findingsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof InvalidGuideError)) throw thrown;
    return thrown.findings.map(
      ({ location, message }) => `${location.line}:${location.column ?? 0} ${message}`,
    );
  }
}
