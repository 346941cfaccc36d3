import { z } from "zod";
import type { TestRecord } from "../../record/record.ts";

/** A test that the suites' process found; `id` is vitest's. */
const collectedTest = z.object({
  id: z.string(),
  milestone: z.string(),
  name: z.string(),
  location: z.exactOptional(
    z.object({ file: z.string(), line: z.number(), column: z.exactOptional(z.number()) }),
  ),
});

/** What the engine relies on in a test's record; the rest is for reports. */
const essentials = z.looseObject({
  milestone: z.string(),
  name: z.string(),
  outcome: z.enum(["passed", "failed", "error", "skipped"]),
  durationMs: z.number(),
});
const testRecord = z.custom<Omit<TestRecord, "startMs">>((value) => essentials.safeParse(value).success);

/** What the suites' process tells the run over its IPC channel, in order. */
export const suiteMessage = z.discriminatedUnion("type", [
  /** Tests of a file, and whether there are files that were not read yet. */
  z.object({
    type: z.literal("collected"),
    tests: z.array(collectedTest),
    more: z.exactOptional(z.boolean()),
  }),
  z.object({ type: z.literal("begun"), id: z.string() }),
  /** A test is over, or something outside of all tests went wrong: then without an id. */
  z.object({ type: z.literal("record"), id: z.exactOptional(z.string()), record: testRecord }),
  z.object({ type: z.literal("note"), message: z.string() }),
  /** What a test measured of a machine, while it goes on. */
  z.object({
    type: z.literal("sample"),
    machine: z.string(),
    values: z.record(z.string(), z.number()),
  }),
  /** All is said: how many records were sent. Without it the process was cut off. */
  z.object({ type: z.literal("end"), records: z.number() }),
]);

export type SuiteMessage = z.infer<typeof suiteMessage>;

/** What the run tells the suites' process: the first test may begin. */
export const releaseBarrier = "release the barrier";
