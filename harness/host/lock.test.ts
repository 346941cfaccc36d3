import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { Deadlines } from "../deadlines.ts";
import { InfrastructureError } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import { holdOrFail, type LockOptions, whoHolds, withLock, withLockOrFail } from "./lock.ts";
import { silent } from "../progress.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "locks/build.lock");
});

const held = (who: string) => new InfrastructureError(`The build lock is held by ${who}`);
const options = (note: (message: string) => void = () => undefined): LockOptions => ({
  name: "build lock",
  progress: { ...silent, note },
  held,
});

/** A process that says "held" once it has the lock, and keeps it until it is killed. */
async function holder(...before: readonly string[]) {
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    const progress = { note() {}, assist() {}, span: (_, work) => work() };
    await withLock(${JSON.stringify(path)}, { name: "lock", progress }, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
    });`;
  const node = [process.execPath, "--input-type=module-typescript", "--eval", script];
  const [file = "", ...args] = [...before, ...node];
  const child = execa(file, args, { reject: false, env: { NODE_NO_WARNINGS: "1" } });
  const first = await Promise.race([
    new Promise((resolve) => child.stdout.once("data", (text) => resolve(String(text)))),
    child.then(({ stderr }) => stderr),
  ]);
  expect(first).toBe("held\n");
  return {
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child;
    },
  };
}

test("work runs alone: eight at once never overlap, and nobody is named any more afterwards", async () => {
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
  expect(await readFile(path, "utf8")).toBe("");
});

test.each([
  ["a folder in its place", () => mkdir(path, { recursive: true }), "cannot be opened: it is a folder"],
  ["a file in its folder's place", () => writeFile(dirname(path), ""), "cannot be opened: EEXIST"],
])("%s is told as such, and nothing is done", async (_, spoil, message) => {
  await spoil();
  const work = withLock(path, options(), () => Promise.reject(new Error("work")));
  await expect(work).rejects.toMatchObject({ verdict: "usage", message: expect.stringContaining(message) });
  await expect(work).rejects.toThrow(path);
});

test("a second waits for the first and says who holds the lock", async () => {
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
  expect(notes).toEqual([
    expect.stringMatching(
      `^Waiting for the build lock, 60 min at most: process ${process.pid} on ${hostname()} since .* holds ${path}$`,
    ),
  ]);
});

test("the context of a command leaves the lock its name", async () => {
  using context = interruptions("Nothing was started.");
  const notes: string[] = [];
  const [taken, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = withLock(path, options(), () => {
    taken.resolve();
    return told.promise;
  });
  await taken.promise;
  const say = (note: string): void => {
    notes.push(note);
    told.resolve();
  };
  await Promise.all([first, withLock(path, { ...options(say), ...context }, async () => undefined)]);
  expect(notes).toEqual([expect.stringContaining("Waiting for the build lock,")]);
});

test("on a full disk the lock holds, without its holder's name", async () => {
  await mkdir(dirname(path));
  // No file of the shell's and its children's may grow; as ENOSPC, it fails the write alone.
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    process.on("SIGXFSZ", () => undefined);
    console.log(await withLock(${JSON.stringify(path)}, { name: "lock" }, async () => "done"));`;
  const node = [process.execPath, "--input-type=module-typescript", "--eval", script];
  const { stdout } = await execa("prlimit", ["--fsize=0", ...node], {
    env: { NODE_NO_WARNINGS: "1", NODE_COMPILE_CACHE: "" },
  });
  expect(stdout).toBe("done");
  expect(await readFile(path, "utf8")).toBe("");
});

test.skipIf(process.getuid?.() !== 0)(
  "a holder in another PID namespace is respected, and named",
  async () => {
    await using _ = await holder("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
    await expect(withLockOrFail(path, options(), async () => "never")).rejects.toThrow(
      /^The build lock is held by process \d+ of another PID namespace \(pid:\[\d+\]\) on /,
    );
  },
);

test("the kernel frees the lock of a process that is killed", async () => {
  {
    await using running = await holder();
    await expect(withLockOrFail(path, options(), async () => "never")).rejects.toThrow(
      `held by process ${running.pid} on ${hostname()} since `,
    );
  }
  expect(await withLockOrFail(path, options(), async () => "done")).toBe("done");
});

test("who waits gets the lock as soon as its holder is killed", async () => {
  const running = await holder();
  const notes: string[] = [];
  const said = options((message) => {
    notes.push(message);
    void running[Symbol.asyncDispose]();
  });
  expect(await withLock(path, said, async () => "done")).toBe("done");
  expect(notes).toHaveLength(1);
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
    await expect(withLockOrFail(path, options(), async () => "never")).rejects.toThrow("is held by");
  });
});

test("a wait ends at its deadline, and the error names the holder", async () => {
  await withLock(path, options(), async () => {
    const waiting = withLock(path, { ...options(), deadlines: new Deadlines(0) }, async () => "never");
    await expect(waiting).rejects.toThrow(`The build lock is held by process ${process.pid} on `);
  });
});

test("who waits says again for whom", async () => {
  const again = Promise.withResolvers<void>();
  const notes = new Set<string>();
  let count = 0;
  const said = options((message) => {
    // What is said later may be of a holder that just let go.
    if (count < 3) notes.add(message);
    if ((count += 1) === 3) again.resolve();
  });
  const holding = withLock(path, options(), () => again.promise);
  await expect.poll(() => readFile(path, "utf8").catch(() => "")).not.toBe("");
  await withLock(path, { ...said, deadlines: new Deadlines(1 / 1000) }, () => holding);
  expect([...notes]).toEqual([
    expect.stringMatching(`^Waiting for the build lock, 1 min at most: process ${process.pid} on `),
  ]);
});

test("what work throws goes through, and the lock is free again", async () => {
  const failure = new Error("build");
  await expect(withLock(path, options(), () => Promise.reject(failure))).rejects.toBe(failure);
  expect(await withLockOrFail(path, options(), async () => "done")).toBe("done");
});

test("who does not wait says nothing, and the holder keeps the lock", async () => {
  const notes: string[] = [];
  await withLock(path, options(), async () => {
    const second = withLockOrFail(
      path,
      options((message) => void notes.push(message)),
      async () => "never",
    );
    await expect(second).rejects.toThrow("is held by");
  });
  expect(notes).toEqual([]);
});

test.each([
  ["nothing", "", "a command that has just started"],
  ["what an earlier version wrote", '{"pid":7}', 'a process that wrote "{\\"pid\\":7}"'],
])("a held lock whose file has %s is waited for by that name", async (_name, text, name) => {
  await withLock(path, options(), async () => {
    await writeFile(path, text);
    const failing = withLockOrFail(path, options(), async () => "never");
    await expect(failing).rejects.toThrow(`The build lock is held by ${name}`);
  });
});

test("a file that names somebody is no lock: only the kernel says who holds it", async () => {
  await withLock(path, options(), async () => undefined);
  await writeFile(path, `process ${process.pid} on ${hostname()} since now`);
  expect(await withLockOrFail(path, options(), async () => "done")).toBe("done");
});

test("what the holder is doing is told, and who asks does not disturb it", async () => {
  expect(await whoHolds(path)).toBeUndefined();
  {
    await using lock = await holdOrFail(path, { ...options(), work: "pnpm e2e" });
    expect(await whoHolds(path)).toMatch(new RegExp(`^pnpm e2e, process ${process.pid} on `));
    await lock.say("run 7");
    const second = withLockOrFail(path, options(), async () => "never");
    await expect(second).rejects.toThrow(`held by run 7, process ${process.pid} on `);
  }
  expect(await whoHolds(path)).toBeUndefined();
});

test("of a holder that was killed nobody is told", async () => {
  {
    await using running = await holder();
    expect(await whoHolds(path)).toContain(`process ${running.pid} on `);
  }
  expect(await whoHolds(path)).toBeUndefined();
});

test("a transient lock leaves no file, and is never held twice", async () => {
  const transient = { ...options(), transient: true } as const;
  let inside = 0;
  let most = 0;
  const work = async (): Promise<string> => {
    most = Math.max(most, (inside += 1));
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    return "done";
  };
  for (let round = 0; round < 5; round += 1) {
    const all = await Promise.allSettled(
      Array.from({ length: 8 }, () => withLockOrFail(path, transient, work)),
    );
    expect(all.some(({ status }) => status === "fulfilled")).toBe(true);
  }
  const waiting = Array.from({ length: 8 }, () => withLock(path, transient, work));
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["done"]));
  expect(most).toBe(1);
  expect(await readdir(dirname(path))).toEqual([]);
});
