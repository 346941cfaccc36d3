import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import pRetry from "p-retry";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identify } from "../../host/processes/identity.ts";
import { runChild } from "./child.ts";
import { readHistory } from "./history/history.ts";
import { markerFile } from "./marker.ts";
import { nightly } from "./nightly.ts";
import { type Act, ends, fakeNightly } from "./testing.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
let said: string[];
beforeEach(() => {
  folder = temporaryFolder();
  said = [];
});
afterEach(async () => {
  // A test that failed half-way must not leave its run.
  const pid = there("machine") ? Number(await readFile(join(folder, "machine"), "utf8")) : 0;
  // Where init collects at once, one that is over is nobody any more.
  if (pid > 0 && !over(pid)) process.kill(pid, "SIGKILL");
});

const options = (acts: readonly Act[], changes = {}) =>
  fakeNightly(folder, acts, { say: (line) => void said.push(line), ...changes });
const there = (name: string): boolean => existsSync(join(folder, name));
const verdicts = async () =>
  (await readHistory(join(folder, "reports", "history.json"), () => undefined)).map(({ verdict }) => verdict);

/** A nightly that is a process, and leads a process group, as under a timer or a CI runner. */
function start(acts: readonly Act[], endDeadline = 20_000) {
  const { say: _, ...plain } = fakeNightly(folder, acts, { endDeadline });
  const script = `
    import { nightly } from ${JSON.stringify(join(import.meta.dirname, "nightly.ts"))};
    const options = ${JSON.stringify(plain)};
    const { exitCode } = await nightly({ ...options, say: (line) => process.stderr.write(line + "\\n") });
    process.exitCode = exitCode;`;
  return execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    detached: true,
    reject: false,
    stdin: "ignore",
    env: { NODE_NO_WARNINGS: "1" },
  });
}

const until = (condition: () => boolean, what: string): Promise<void> =>
  pRetry(
    () => {
      if (!condition()) throw new Error(`not yet: ${what}`);
    },
    { retries: Number.POSITIVE_INFINITY, factor: 1, minTimeout: 20, maxRetryTime: 15_000 },
  );
/** Gone, or only to be collected. */
function over(pid = 0): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
/** Its number is there, not only the file for it. */
const ready = () =>
  until(() => there("ready") && readFileSync(join(folder, "ready"), "utf8") !== "", "a run under way");
/** Also named by the marker. */
const known = async () => {
  await ready();
  await until(() => readFileSync(markerFile(options([]).history), "utf8").includes(`"child"`), "its marker");
};
const group = ({ pid = 0 }: { pid?: number }): number => -pid;

test.each([
  ["SIGTERM to the nightly alone", "SIGTERM", false],
  ["SIGINT to its whole group, as Ctrl-C", "SIGINT", true],
  ["SIGHUP to its whole group, as a lost terminal", "SIGHUP", true],
] as const)(
  "%s: the run tears down, the night is interrupted, nothing is left",
  async (_name, name, whole) => {
    const running = start([{ wait: true, teardown: 300 }]);
    await ready();
    process.kill(whole ? group(running) : (running.pid ?? 0), name);
    expect((await running).exitCode).toBe(130);
    expect(await readFile(join(folder, "signals"), "utf8")).toContain(name);
    expect([there("torn-down"), there("machine")]).toEqual([true, false]);
    expect(existsSync(markerFile(options([]).history))).toBe(false);
    expect(await verdicts()).toEqual(["interrupted"]);
  },
);

test("a run that does not tear down in time is killed, and what it made is removed", async () => {
  const running = start([{ wait: true, teardown: "never" }], 200);
  await ready();
  process.kill(running.pid ?? 0, "SIGTERM");
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/^Removed the machine of \d+$/m);
  expect(there("machine")).toBe(false);
  expect(await verdicts()).toEqual(["interrupted"]);
});

test("a run that the marker cannot name is ended at once", async () => {
  const interruption = { signal: new AbortController().signal, received: undefined };
  const { e2e: command } = options([{ wait: true, teardown: 0 }]);
  const running = runChild({
    command,
    interruption,
    endDeadline: 20_000,
    onStart: () => ready().then(() => Promise.reject(new Error("disk full"))),
  });
  await expect(running).rejects.toThrow("disk full");
  expect([there("torn-down"), there("machine")]).toEqual([true, false]);
});

test("a second start is told at once who holds the lock, and changes nothing", async () => {
  const running = start([{ wait: true, teardown: 0 }]);
  await known();
  const marker = await readFile(markerFile(options([]).history), "utf8");
  await expect(nightly(options([ends("passed", 0)]))).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringMatching(
      new RegExp(`^Another nightly is under way: process ${running.pid} on ${hostname()} since \\d{4}-`),
    ),
    details: { hint: expect.stringContaining("nightly.lock") },
  });
  expect(await readFile(markerFile(options([]).history), "utf8")).toBe(marker);
  expect(await readFile(join(folder, "runs"), "utf8")).toBe("x");
  process.kill(running.pid ?? 0, "SIGTERM");
  await running;
});

test("after a kill of everything the next start takes over, cleans up, and records the lost night", async () => {
  const running = start([{ wait: true, teardown: 0 }]);
  await ready();
  process.kill(group(running), "SIGKILL");
  await running;
  const child = Number(await readFile(join(folder, "ready"), "utf8"));
  await until(() => over(child), "the run's end");
  expect(there("machine")).toBe(true);
  const { exitCode, lost } = await nightly(options([ends("passed", 0)]));
  expect(exitCode).toBe(0);
  expect(lost).toMatchObject({ verdict: "lost", commit: "0123456789ab" });
  expect(said).toEqual([
    `Removed the machine of ${child}`,
    expect.stringMatching(/^The nightly that began at \d{4}-.* never ended: killed on /),
  ]);
  expect(there("machine")).toBe(false);
  expect(await verdicts()).toEqual(["lost", "passed"]);
});

test("a nightly that is killed takes its run along, in good order", async () => {
  const running = start([{ wait: true, teardown: 100 }]);
  await known();
  process.kill(running.pid ?? 0, "SIGKILL");
  const child = Number(await readFile(join(folder, "ready"), "utf8"));
  await until(() => over(child), "the run's end");
  expect([there("torn-down"), there("machine")]).toEqual([true, false]);
  expect(await readFile(join(folder, "signals"), "utf8")).toMatch(/^(SIGTERM\n)+$/);
});

test("a run that outlives its nightly is ended by the next start", async () => {
  const running = start([{ wait: true, teardown: "never" }]);
  await known();
  // Its output stays open, for the run has it too.
  process.kill(running.pid ?? 0, "SIGKILL");
  await once(running.nodeChildProcess, "exit");
  const child = Number(await readFile(join(folder, "ready"), "utf8"));
  expect(over(child)).toBe(false);
  await nightly(options([ends("passed", 0)], { endDeadline: 200 }));
  expect(said).toContain(`Ended process ${child}, which outlived its nightly`);
  expect([there("machine"), over(child)]).toEqual([false, true]);
  expect(await verdicts()).toEqual(["lost", "passed"]);
});

test("a run of another PID namespace is never sent a signal, and named", async () => {
  const running = start([{ wait: true, teardown: 0 }]);
  await known();
  process.kill(group(running), "SIGKILL");
  await running;
  const file = markerFile(options([]).history);
  const marker: { child: object } = JSON.parse(await readFile(file, "utf8"));
  const other = execa("sleep", ["60"], { reject: false });
  await writeFile(
    file,
    JSON.stringify({ ...marker, child: { ...(await identify(other.pid ?? 0)), pidNamespace: "pid:[1]" } }),
  );
  const { night } = await nightly(options([ends("passed", 0)]));
  expect(night).toMatchObject({
    verdict: "infrastructure",
    message: `Process ${other.pid}, of a nightly that was killed, belongs to another PID namespace (pid:[1])`,
  });
  other.kill("SIGKILL");
  expect((await other).signal).toBe("SIGKILL");
});

test("a process that has the number of a lost run is not touched", async () => {
  const running = start([{ wait: true, teardown: 0 }]);
  await known();
  process.kill(group(running), "SIGKILL");
  await running;
  const file = markerFile(options([]).history);
  const marker: { child: object } = JSON.parse(await readFile(file, "utf8"));
  const other = execa("sleep", ["60"], { reject: false });
  await writeFile(file, JSON.stringify({ ...marker, child: { ...marker.child, pid: other.pid } }));
  await nightly(options([ends("passed", 0)]));
  expect(existsSync(`/proc/${other.pid}`)).toBe(true);
  other.kill("SIGKILL");
  expect((await other).signal).toBe("SIGKILL");
});
