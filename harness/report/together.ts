import { HarnessDefect } from "../errors.ts";
import type { Reporter } from "../run/record.ts";

/**
 * Several reporters as one. One that breaks is left out from then on and keeps no other from its work; `finish`
 * tells at the end with a HarnessDefect.
 */
export function together(reporters: readonly Reporter[]): Reporter {
  const broken = new Map<Reporter, unknown>();
  const working = (): Reporter[] => reporters.filter((reporter) => !broken.has(reporter));
  return {
    onEvent(event) {
      for (const reporter of working()) {
        try {
          reporter.onEvent?.(event);
        } catch (error) {
          broken.set(reporter, error);
        }
      }
    },
    async finish(record, folder) {
      for (const reporter of working()) {
        try {
          await reporter.finish?.(record, folder);
        } catch (error) {
          broken.set(reporter, error);
        }
      }
      if (broken.size === 0) return;
      const causes = [...broken.values()];
      const reasons = causes.map((cause) => (cause instanceof Error ? cause.message : String(cause)));
      throw new HarnessDefect(`A report could not be written: ${reasons.join("; ")}`, {
        hint: `See ${folder}: what is there is complete but for that.`,
        cause: causes[0],
      });
    },
  };
}
