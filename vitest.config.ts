import { configDefaults, defineConfig } from "vitest/config";

/** Unit and hermetic tests, beside the code they test. Suites have their own configuration. */
export default defineConfig({
  test: {
    include: ["harness/**/*.test.ts", "scripts/**/*.test.ts", "suites/**/*.unit.test.ts"],
    // These bring real machines up: vitest run --config harness/machines/nspawn/vitest.config.ts
    exclude: [...configDefaults.exclude, "**/*.machine.test.ts"],
    pool: "threads",
    // On two cores, too: many tests wait for others' deadlines.
    maxWorkers: 2,
    maxConcurrency: 8,
    // What hangs is ended; what a busy host keeps waiting is not.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // No test asks upstream, even where it would choose an artifact set, reads what its user always wants or where `npm test` was typed, or prints in
    // colour on a terminal.
    env: {
      ARTIFACT_MIRROR: "http://127.0.0.1:9/",
      GUIDE_CONFIG: "",
      GUIDE_CALLER_FOLDER: "",
      FORCE_COLOR: "0",
    },
  },
});
