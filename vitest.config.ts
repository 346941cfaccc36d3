import { defineConfig } from "vitest/config";

/** Unit and hermetic tests, beside the code they test. Suites have their own configuration. */
export default defineConfig({
  test: {
    include: ["harness/**/*.test.ts", "scripts/**/*.test.ts", "suites/**/*.unit.test.ts"],
    pool: "threads",
    testTimeout: 20_000,
  },
});
