import { defineConfig } from "vitest/config";

/**
 * Tests that use embedded machines as foreign hosts; they need root and the artifact set `debian`, and take some six
 * minutes on two cores. The unit tests' configuration leaves them out.
 */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.machine.test.ts"],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
