import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Progress, silent } from "../progress.ts";
import { withLock } from "./lock.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-test-"));
  path = join(folder, "build.lock");
});
afterEach(() => rm(folder, { recursive: true }));

const listening = (notes: string[]): Progress => ({ ...silent, note: (message) => void notes.push(message) });

test("work runs alone: eight at once never overlap, and nothing is left", async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, { progress: silent }, work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test("a second waits for the first and says once who holds the lock", async () => {
  const notes: string[] = [];
  const order: string[] = [];
  const started = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const first = withLock(path, { progress: silent }, async () => {
    started.resolve();
    await told.promise;
    order.push("first");
  });
  await started.promise;
  const second = withLock(
    path,
    {
      progress: {
        ...silent,
        note: (message) => {
          notes.push(message);
          told.resolve();
        },
      },
    },
    async () => void order.push("second"),
  );
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
  expect(notes).toEqual([expect.stringContaining(`process ${process.pid} since `)]);
  expect(notes[0]).toContain(path);
});

test.each([
  ["a pid that is gone", { pid: 0x3f_ff_ff_ff, started: "1" }],
  ["a pid that is another process now", { pid: process.pid, started: "1" }],
  ["a boot that is over", { bootId: "before" }],
])("the lock of %s is taken over", async (_name, change) => {
  await withLock(path, { progress: silent }, async () => {
    const mine: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...mine, token: "dead", ...change }));
  });
  const notes: string[] = [];
  expect(await withLock(path, { progress: listening(notes) }, async () => "done")).toBe("done");
  expect(notes).toEqual([expect.stringMatching(/^Took over the build lock: process \d+ since .* is gone$/)]);
  expect(await readdir(folder)).toEqual([]);
});

test("the lock of a killed process is taken over", async () => {
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    const progress = { note() {}, assist() {}, span: (_, work) => work() };
    await withLock(${JSON.stringify(path)}, { progress }, async () => process.kill(process.pid, "SIGKILL"));`;
  const killed = await execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    reject: false,
  });
  expect(killed.signal).toBe("SIGKILL");
  expect(await readdir(folder)).toEqual(["build.lock"]);
  expect(await withLock(path, { progress: silent }, async () => "done")).toBe("done");
});

test("an abort ends the wait with its reason and leaves the holder alone", async () => {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  await withLock(path, { progress: silent }, async () => {
    const waiting = withLock(
      path,
      { progress: { ...silent, note: () => controller.abort(reason) }, signal: controller.signal },
      async () => "never",
    );
    await expect(waiting).rejects.toBe(reason);
  });
  expect(await readdir(folder)).toEqual([]);
});

test("what work throws goes through, and the lock is free again", async () => {
  const failure = new Error("build");
  await expect(withLock(path, { progress: silent }, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await readdir(folder)).toEqual([]);
});
