import type { RunRecord } from "../../record/record.ts";
import type { Settings } from "../../settings/settings.ts";
import { withEdit } from "../edit.ts";
import { median } from "./statistics.ts";

const count = 200;
const names = Array.from({ length: count }, (_, index) => `trivial-${index + 1}`);

/** First step that `withTrivialSteps` adds to the guide. */
export const firstTrivialStep = `4.2.6/${names[0]}`;

/** Gives `work` the settings with an edit of the guide that ends it with many steps that do nothing. */
export function withTrivialSteps<T>(settings: Settings, work: (changed: Settings) => Promise<T>): Promise<T> {
  const fences = names.map((name) => `\`\`\`bash run id=${name} on=master\ntrue\n\`\`\`\n`);
  const change = {
    reason: "Measures what a step costs beside its commands.",
    after: "4.2.6/show-nodes",
    insert: fences.join("\n"),
  };
  return withEdit(settings, "trivial-steps", change, work);
}

/** What a trivial step costs in all: the apply's time, journal and state included, shared by its steps. */
export function stepFigures({ spans, steps }: RunRecord): { stepMs: number; stepMedianMs: number } {
  const apply = spans.find(({ name }) => name === "apply")?.durationMs ?? Number.NaN;
  return { stepMs: apply / steps.length, stepMedianMs: median(steps.map(({ durationMs }) => durationMs)) };
}
