import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../host/paths.ts";
import type { RunEvent } from "../../record/events.ts";

/** How far a run is by its journal: what it is doing, whether it has begun, and whether all that it proves was looked at. */
export type JournalStage = { readonly doing: string; readonly begun: boolean; readonly proved: boolean };

/** Reads the journal of a run, which may be under way or killed. */
export async function stageOf(run: string): Promise<JournalStage> {
  const file = join(projectRoot, "reports", run, "journal.jsonl");
  const text = await readFile(file, "utf8").catch(() => "");
  const events = text
    .split("\n")
    .slice(0, -1)
    .map((line): RunEvent => JSON.parse(line));
  const last = events.findLast(({ type }) => ["span-start", "step-start", "test-end"].includes(type));
  return {
    doing: last ? words(last) : "nothing yet",
    begun: events.length > 0,
    proved: events.some(isProof),
  };
}

const isProof = (event: RunEvent): boolean =>
  event.type === "span-end" && event.span.track === "suites" && event.span.name === "vitest";

function words(event: RunEvent): string {
  if (event.type === "span-start") return event.name;
  if (event.type === "step-start") return event.key;
  return event.type === "test-end" ? `suite ${event.test.milestone}` : event.type;
}
