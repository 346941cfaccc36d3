import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { relayBarrier } from "./start-barrier.ts";
import { EventsReporter } from "./reporter.ts";
import { sendToRun } from "./run-channel.ts";
import { MilestoneSequencer } from "./sequencer.ts";

/** Factor for every deadline (`--timeout-factor`). */
const factor = Number(process.env["GUIDE_TIMEOUT_FACTOR"] ?? 1);

if (process.send) relayBarrier();

/** The milestone suites, on the running cluster that GUIDE_CLUSTER names. One worker, so that all share its connections. */
export default defineConfig({
  root: join(import.meta.dirname, ".."),
  test: {
    include: ["suites/*/*.test.ts"],
    setupFiles: [join(import.meta.dirname, "setup.ts")],
    exclude: ["**/*.unit.test.ts"],
    pool: "threads",
    maxWorkers: 1,
    maxConcurrency: 8,
    isolate: false,
    // Every mutant and every try of a change loads the same suites.
    fsModuleCache: true,
    sequence: { sequencer: MilestoneSequencer },
    retry: 0,
    // A test says where it stands, a failure shows both sides whole.
    includeTaskLocation: true,
    chaiConfig: { truncateThreshold: 0 },
    // One that was left in a suite would keep the others from running.
    allowOnly: false,
    // Every wait in a suite has a deadline of its own; these only end what a defect left hanging.
    testTimeout: 180_000 * factor,
    hookTimeout: 90_000 * factor,
    teardownTimeout: 20_000 * factor,
    reporters: process.send ? ["default", new EventsReporter(sendToRun)] : ["default"],
  },
});
