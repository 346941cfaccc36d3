import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InfrastructureError } from "./errors.ts";
import { type LockOptions, withLock, withLockOrFail } from "./lock.ts";
import { silent } from "./progress.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-test-"));
  path = join(folder, "build.lock");
});
afterEach(() => rm(folder, { recursive: true }));

const held = (holder: string) => new InfrastructureError(`The build lock is held by ${holder}`);
const options = (note: (message: string) => void = () => undefined): LockOptions => ({
  name: "build lock",
  progress: { ...silent, note },
  held,
});

test("work runs alone: eight at once never overlap, and nothing is left", async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, options(), work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test("a second waits for the first and says once who holds the lock", async () => {
  const notes: string[] = [];
  const order: string[] = [];
  const started = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const first = withLock(path, options(), async () => {
    started.resolve();
    await told.promise;
    order.push("first");
  });
  await started.promise;
  const listening = options((message) => {
    notes.push(message);
    told.resolve();
  });
  const second = withLock(path, listening, async () => void order.push("second"));
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
  expect(notes).toEqual([expect.stringContaining(`process ${process.pid} on ${hostname()} since `)]);
  expect(notes[0]).toContain(path);
});

test.each([
  ["a pid that is gone", { pid: 0x3f_ff_ff_ff, started: "1" }],
  ["a pid that is another process now", { pid: process.pid, started: "1" }],
  ["a boot that is over", { bootId: "before" }],
])("the lock of %s is taken over", async (_name, change) => {
  await withLock(path, options(), async () => {
    const mine: object = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...mine, token: "dead", ...change }));
  });
  const notes: string[] = [];
  expect(
    await withLock(
      path,
      options((message) => void notes.push(message)),
      async () => "done",
    ),
  ).toBe("done");
  expect(notes).toEqual([
    expect.stringMatching(/^Took over the build lock: process \d+ on \S+ since .* is gone$/),
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test("the lock of a killed process is taken over", async () => {
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    const progress = { note() {}, assist() {}, span: (_, work) => work() };
    await withLock(${JSON.stringify(path)}, { name: "lock", progress }, async () => process.kill(process.pid, "SIGKILL"));`;
  const killed = await execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    reject: false,
  });
  expect(killed.signal).toBe("SIGKILL");
  expect(await readdir(folder)).toEqual(["build.lock"]);
  expect(await withLock(path, options(), async () => "done")).toBe("done");
});

test("an abort ends the wait with its reason and leaves the holder alone", async () => {
  const controller = new AbortController();
  const reason = new Error("interrupted");
  await withLock(path, options(), async () => {
    const waiting = withLock(
      path,
      { ...options(() => controller.abort(reason)), signal: controller.signal },
      async () => "never",
    );
    await expect(waiting).rejects.toBe(reason);
  });
  expect(await readdir(folder)).toEqual([]);
});

test("what work throws goes through, and the lock is free again", async () => {
  const failure = new Error("build");
  await expect(withLock(path, options(), () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await readdir(folder)).toEqual([]);
});

test("who does not wait is told at once who holds the lock, and the holder keeps it", async () => {
  const notes: string[] = [];
  await withLock(path, options(), async () => {
    const second = withLockOrFail(
      path,
      options((message) => void notes.push(message)),
      async () => "never",
    );
    await expect(second).rejects.toThrow(
      new RegExp(`^The build lock is held by process ${process.pid} on ${hostname()} since \\d{4}-`),
    );
    expect(await readdir(folder)).toEqual(["build.lock"]);
  });
  expect(notes).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test("who does not wait takes the lock of a dead holder too, and says so", async () => {
  const dead = { pid: 0x3f_ff_ff_ff, started: "1", bootId: "x", token: "dead", since: "then", host: "box" };
  await writeFile(path, JSON.stringify(dead));
  const notes: string[] = [];
  const said = options((message) => void notes.push(message));
  expect(await withLockOrFail(path, said, async () => "done")).toBe("done");
  expect(notes).toEqual(["Took over the build lock: process 1073741823 on box since then is gone"]);
});

test("a claim that its dead maker left does not keep the lock of another dead one", async () => {
  const dead = { pid: 0x3f_ff_ff_ff, started: "1", bootId: "x", since: "then", host: "box" };
  await writeFile(path, JSON.stringify({ ...dead, token: "first" }));
  await writeFile(`${path}.claim-first`, JSON.stringify({ ...dead, token: "second" }));
  expect(await withLockOrFail(path, options(), async () => "done")).toBe("done");
  expect(await readdir(folder)).toEqual([]);
});

test("a lock file that cannot be read is nobody's to take", async () => {
  await writeFile(path, "{half");
  await expect(withLockOrFail(path, options(), async () => "never")).rejects.toThrow(
    "a process that did not say who it is",
  );
});
