import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Tests that bring real machines up on this host; they need root. The unit tests' configuration leaves them out. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, "../../.."),
    include: ["harness/machines/nspawn/**/*.machine.test.ts", "harness/run/**/*.machine.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
