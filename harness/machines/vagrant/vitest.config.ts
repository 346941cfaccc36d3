import { defineConfig } from "vitest/config";

/**
 * Tests that bring a real virtual machine up, in whatever libvirt LIBVIRT_DEFAULT_URI names; they need it and vagrant.
 * The unit tests' configuration leaves them out. Emulated processors need minutes.
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
