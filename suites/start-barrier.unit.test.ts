import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";

const project = join(import.meta.dirname, "..");
const module = (name: string): string => JSON.stringify(join(project, "suites", name));

const files = {
  "vitest.config.ts": `
    import { relayBarrier } from ${module("start-barrier.ts")};
    relayBarrier();
    export default { test: { globals: true, pool: "threads", include: ["a.test.ts"], setupFiles: ["setup.ts"] } };`,
  "setup.ts": `
    import { barrierReleased, barrierTimeout } from ${module("start-barrier.ts")};
    console.log("loaded");
    beforeAll(barrierReleased, barrierTimeout);`,
  "a.test.ts": `test("begins", () => console.log("begun"));`,
};

/** A vitest of its own with one test behind the barrier; `then` is what its run does once the suites are loaded. */
async function behindTheBarrier(then: (child: ChildProcess) => unknown): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "start-barrier-"));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder.path, name), text)));
  const child = fork(
    join(project, "node_modules/vitest/vitest.mjs"),
    ["run", "--disable-console-intercept"],
    {
      cwd: folder.path,
      silent: true,
      env: { ...process.env, GUIDE_START_BARRIER: "1", VITEST: "" },
    },
  );
  const exited = once(child, "exit");
  const all = new PassThrough();
  child.stdout?.pipe(all);
  const heard: string[] = [];
  child.once("exit", () => all.end());
  for await (const line of createInterface(all)) {
    heard.push(line.trim());
    if (line.includes("loaded")) then(child);
  }
  const [exitCode] = await exited;
  return `${heard.filter((line) => ["loaded", "begun"].includes(line)).join(", ")}; exit code ${exitCode}`;
}

test("suites that are loaded begin when the run releases the barrier", async () => {
  expect(await behindTheBarrier((child) => child.send("release the barrier"))).toBe(
    "loaded, begun; exit code 0",
  );
});

test("suites whose run is gone end, and do not begin", async () => {
  expect(await behindTheBarrier((child) => child.disconnect())).toBe("loaded; exit code 1");
});
