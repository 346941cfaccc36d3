import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RunRecord } from "../../record/record.ts";
import { median } from "./statistics.ts";

const count = 200;
const names = Array.from({ length: count }, (_, index) => `trivial-${index + 1}`);

/** First step that `withTrivialSteps` adds to the guide. */
export const firstTrivialStep = `4.2.6/${names[0]}`;

/** Gives `work` an edit of the guide that ends it with many steps that do nothing. */
export async function withTrivialSteps<T>(work: (edits: string) => Promise<T>): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "guide-bench-"));
  const file = join(folder.path, "trivial-steps.yaml");
  const fences = names.map((name) => `\`\`\`bash run id=${name} on=master\ntrue\n\`\`\`\n`);
  const change = {
    reason: "Measures what a step costs beside its commands.",
    after: "4.2.6/show-nodes",
    insert: fences.join("\n"),
  };
  await writeFile(file, stringify({ id: "trivial-steps", changes: [change] }));
  return await work(file);
}

/** What a trivial step costs in all: the apply's time, journal and state included, shared by its steps. */
export function stepFigures({ spans, steps }: RunRecord): { stepMs: number; stepMedianMs: number } {
  const apply = spans.find(({ name }) => name === "apply")?.durationMs ?? Number.NaN;
  return { stepMs: apply / steps.length, stepMedianMs: median(steps.map(({ durationMs }) => durationMs)) };
}
