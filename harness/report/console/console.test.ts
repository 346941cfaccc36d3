import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { Chalk } from "chalk";
import { afterEach, expect, test, vi } from "vitest";
import type { RunEvent } from "../../record/events.ts";
import type { RunRecord, TestRecord } from "../../record/record.ts";
import { allTests } from "../../record/selection.ts";
import { type ConsoleOptions, consoleReporter } from "./console.ts";
import type { FindEarlierRun } from "./live-view.ts";
import { sampleEvents, sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";

async function shown(
  record: RunRecord,
  { json = false, level = 0 }: { json?: boolean; level?: 0 | 3 } = {},
): Promise<{ stdout: string; stderr: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const reporter = consoleReporter({ json, stdout, stderr, colours: new Chalk({ level }) });
  for (const event of sampleEvents(record)) reporter.onEvent?.(event);
  await reporter.tell?.(record, "/reports/run");
  return { stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

test("a passed run: a line for each thing that was done, then the summary", async () => {
  const record = sampleRecord({
    steps: [
      sampleStep(),
      sampleStep({
        key: "3.1/install@t72",
        id: "3.1/install",
        section: "3.1",
        startMs: 2500,
        durationMs: 50,
      }),
    ],
    tests: [
      sampleTest(),
      sampleTest({ startMs: 5400, milestone: "nodes" }),
      sampleTest({
        startMs: 6000,
        milestone: "nodes",
        name: "ipvs",
        outcome: "skipped",
        facts: {},
        skipped: "no ip_vs",
      }),
    ],
  });
  const { stdout, stderr } = await shown(record);
  expect(stderr).toBe("");
  expect(stdout).toBe(`[   0.0 s] e2e 20190401T101500-e2e-42
[   0.0 s] the guide has 2 steps, ported by embedded-os
[   0.9 s] apply
[   1.0 s] 2.4.4    Install etcd: Start  1.23 s, 1 assist
[   2.5 s] 3.1  50 ms
[   3.9 s] apply: 3.00 s
[   5.0 s] etcd health  0.32 s, 1 passed
[   5.4 s] node Ready  0.64 s, 1 passed, 1 skipped

✓ Passed  e2e, 8.00 s
  Every step ran as the guide says, but for 1 block that ports change and with the help of 1 assist, and every tested milestone is proved.

  milestone                    passed  skipped  seconds
  etcd health                       1        0      0.3
  node Ready                        1        1      0.6

  versions   kubernetes 1.20.2, etcd 3.4.23 (artifact set debian, ported by embedded-os)
  steps      2 passed
  claims     1 of 2 proved
  blocks     2: 1 command, 0 files, 1 output, 0 skipped; not run here: 1.1/stop-firewalld
  assists    1: artifact-cache 1
  not proved SELinux: not on these machines (report.html says why)
  not proved node Ready: ipvs: no ip_vs
  slowest          1.23 s  2.4.4/start-etcd@t71
                    50 ms  3.1/install@t72

  reports  /reports/run/report.html

`);
});

test("a milestone whose tests come in two parts is continued, not told twice", async () => {
  const tests = ["etcd", "nodes", "etcd"].map((milestone, index) =>
    sampleTest({ milestone, name: `${index}`, startMs: 5000 + index * 1000 }),
  );
  const { stdout } = await shown(sampleRecord({ tests }));
  expect(stdout.match(/\] (?:etcd health|node Ready)[^\d]*(?= )/g)).toEqual([
    "] etcd health ",
    "] node Ready ",
    "] etcd health, continued ",
  ]);
});

test("the columns stand below each other, however long the title of a milestone is", async () => {
  const title = "a packet from container to container";
  const record = sampleRecord({ milestones: { path: title }, tests: [sampleTest({ milestone: "path" })] });
  const { stdout } = await shown(record);
  const table = stdout.split("\n").filter((line) => /^ {2}(?:milestone|a packet) /.test(line));
  expect(table).toHaveLength(2);
  expect(new Set(table.map((line) => line.length)).size).toBe(1);
});

test("an interruption is said once, and milestones that were not reached are in the guide's order", async () => {
  const failure = sampleFailure({ verdict: "interrupted", message: "Interrupted by SIGINT" });
  const notReached = {
    outcome: "skipped",
    skipped: "not reached: Interrupted by SIGINT",
    durationMs: 0,
  } as const;
  const tests = [
    sampleTest({ milestone: "nodes", name: "a", ...notReached }),
    sampleTest({ milestone: "etcd", name: "b", ...notReached }),
    sampleTest({ milestone: "etcd", name: "c" }),
  ];
  const { stdout } = await shown(sampleRecord({ verdict: "interrupted", failure, tests }));
  expect(stdout).toContain("✗ Interrupted by SIGINT\n");
  expect(stdout).not.toContain("Interrupted: Interrupted");
  expect(stdout.match(/^ {2}(?:etcd health|node Ready)/gm)).toEqual(["  etcd health", "  node Ready"]);
});

test("a guide that makes no claims has no line for them", async () => {
  const record = sampleRecord({ claims: [], tests: [sampleTest()] });
  const { stdout } = await shown(record);
  expect(stdout).toContain("\n  steps ");
  expect(stdout).not.toContain("\n  claims ");
});

test("a failing step is one screen: step, machine, place, command, exit code, output, journal, what next, whose fault", async () => {
  const failure = sampleFailure({ outputTail: Array.from({ length: 99 }, (_, n) => `line ${n}`).join("\n") });
  const record = sampleRecord({
    verdict: "guide",
    failure,
    steps: [sampleStep({ outcome: "failed", exitCode: 1, failure })],
    tests: [],
  });
  const { stdout } = await shown(record);
  const screen = stdout.slice(stdout.indexOf("✗"), stdout.indexOf("[   2.2 s]"));
  expect(screen.split("\n").length).toBeLessThan(40);
  expect(screen).toMatch(
    /^✗ The guide failed: 2\.4\.4\/start-etcd@t71: ended with exit code 1\n {2}step +2\.4\.4\/start-etcd@t71\n {2}machine +t71\n {2}guide +\/guides\/guide\.md:261\n {2}command +systemctl enabel etcd\n {2}exit code +1\n {2}output\n {4}… 84 lines before\n {4}line 84\n[^]* {4}line 98\n {2}unit journal +etcd\[1\]: ready\n {2}next +See the guide's line\.\n {2}fault +The guide is to blame/u,
  );
  expect(stdout.match(/ended with exit code 1/gu)).toHaveLength(1);
  expect(stdout).toMatch(/✗ The guide failed {2}e2e, 8\.00 s\n[^]*steps +0 of 1 passed/u);
});

test("a step that fails in the same way on two machines is one screen and a line; another way is a screen", async () => {
  const steps = ["t72", "t76"].map((machine) => {
    const step = `3.1/install@${machine}`;
    const failure = sampleFailure({ message: `${step}: ended with exit code 1`, machine, step });
    return sampleStep({ key: step, machine, outcome: "failed", exitCode: 1, failure });
  });
  const both = await shown(sampleRecord({ verdict: "guide", steps, tests: [] }));
  expect(both.stdout.match(/^✗ The guide failed: .*$/gm)).toEqual([
    "✗ The guide failed: 3.1/install@t72: ended with exit code 1",
    "✗ The guide failed: 3.1/install@t76: ended with exit code 1, as on t72",
  ]);
  expect(both.stdout.match(/^ {2}command /gm)).toHaveLength(1);
  const [first, second] = steps;
  const others = [{ exitCode: 127 }, { outputTail: "another word" }, { verdict: "infrastructure" as const }];
  for (const change of others) {
    const other = { ...second!, failure: { ...second!.failure!, ...change } };
    const apart = await shown(sampleRecord({ verdict: "guide", steps: [first!, other], tests: [] }));
    expect(apart.stdout.match(/^ {2}command /gm)).toHaveLength(2);
  }
});

test("the death of a unit is its step's failure, told once; a restart is a line", async () => {
  const stdout = new PassThrough();
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }) });
  const finding = { machine: "t71", unit: "etcd", step: "2.4.4/start-etcd@t71", at: 1 };
  const failure = sampleFailure({ message: "2.4.4/start-etcd@t71: etcd did not stay up: failed" });
  const events: RunEvent[] = [
    { at: 1, type: "unit", finding: { ...finding, state: "restarted", dead: false } },
    {
      at: 2,
      type: "unit",
      finding: { ...finding, state: "failed", dead: true },
      step: sampleStep({ outcome: "failed", failure }),
    },
  ];
  for (const event of events) reporter.onEvent?.(event);
  const text = String(stdout.read());
  expect(text).toContain("] etcd on t71, which 2.4.4/start-etcd@t71 started: restarted\n");
  expect(text.match(/failed/g)).toHaveLength(2);
  expect(text).toContain("✗ The guide failed: 2.4.4/start-etcd@t71: etcd did not stay up: failed\n");
});

test("a reproduction says that the guide has the defect", async () => {
  const steps = [sampleStep({ outcome: "failed", exitCode: 1, failure: sampleFailure() })];
  const { stdout } = await shown(sampleRecord({ command: "repro", steps, tests: [] }));
  expect(stdout).toContain(
    "✗ The guide with its defect failed: 2.4.4/start-etcd@t71: ended with exit code 1\n",
  );
});

test("a failing test is told with the sections it guards and the steps behind them", async () => {
  const record = sampleRecord({
    verdict: "guide",
    tests: [sampleTest({ outcome: "failed", failure: sampleFailure({ message: "expected 1\nactual 2" }) })],
  });
  const { stdout } = await shown(record);
  expect(stdout).toMatch(
    /✗ Red: expected 1\n {4}actual 2\n {2}test +a key survives a restart\n {2}guards +section 2\.4\.4\n {2}made by +2\.4\.4\/start-etcd\n/u,
  );
  expect(stdout).toContain("etcd health: 0.32 s, 1 failed");
});

test("a failure outside of all steps and tests is told too", async () => {
  const failure = sampleFailure({ verdict: "infrastructure", message: "no KVM" });
  const { stdout } = await shown(sampleRecord({ verdict: "infrastructure", failure, steps: [], tests: [] }));
  expect(stdout).toMatch(/✗ The infrastructure failed: no KVM\n[^]*✗ The infrastructure failed {2}e2e/u);
});

test("with --json standard output is the record alone", async () => {
  const record = sampleRecord();
  const { stdout, stderr } = await shown(record, { json: true });
  expect(JSON.parse(stdout)).toEqual(record);
  expect(stderr).toContain("✓ Passed");
});

test("colours add nothing but colours", async () => {
  const record = sampleRecord();
  const { stdout } = await shown(record);
  const coloured = await shown(record, { level: 3 });
  expect(coloured.stdout).not.toBe(stdout);
  // oxlint-disable-next-line no-control-regex
  expect(coloured.stdout.replaceAll(/\u001B\[[\d;]*m/gu, "")).toBe(stdout);
});

/** What a terminal was sent for a record's events, or for the first of them, with what comes between two looks at how far it is. */
function live(record: RunRecord, options: Partial<ConsoleOptions> & { until?: number; tty?: boolean } = {}) {
  const { until = Number.POSITIVE_INFINITY, tty = true, ...rest } = options;
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  vi.stubEnv("CI", "");
  vi.stubEnv("TERM", "xterm");
  const stdout = Object.assign(new PassThrough(), { isTTY: tty, columns: 90 });
  const reporter = consoleReporter({ json: false, stdout, colours: new Chalk({ level: 0 }), ...rest });
  for (const event of sampleEvents(record)) if (event.at <= until) reporter.onEvent?.(event);
  return { reporter, read: () => String(stdout.read() ?? "") };
}
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test("on a terminal the line of what is done changes, and is whole in the end", async () => {
  const { reporter, read } = live(sampleRecord(), { until: 1000 });
  read();
  vi.advanceTimersByTime(2000);
  expect(read()).toBe(
    "\r\u001B[K[   2.0 s] 2.4.4    Install etcd: Start\r\u001B[K[   3.0 s] 2.4.4    Install etcd: Start",
  );
  reporter.onEvent?.({ at: 3100, type: "step-end", step: sampleStep({ durationMs: 2100 }) });
  vi.advanceTimersByTime(1000);
  expect(read()).toBe("\r\u001B[K[   4.1 s] 2.4.4    Install etcd: Start  step 1");
  await reporter.tell?.(sampleRecord(), "/reports/run");
  const end = "\r\u001B[K[   1.0 s] 2.4.4    Install etcd: Start  2.10 s, 1 assist\n\n✓ Passed";
  expect(read().startsWith(end)).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(read(), "it is over").toBe("");
});

test("without a terminal nobody waits for half a minute without a line", () => {
  const { read } = live(sampleRecord(), { until: 1000, tty: false });
  read();
  vi.advanceTimersByTime(90_000);
  expect(read()).toMatch(/^\n\[ {2}31\.0 s\] 2\.4\.4 .*\n\[ {2}61\.0 s\] .*\n\[ {2}91\.0 s\] .*\n$/);
});

test("an earlier run says how much is left", async () => {
  const earlier = vi.fn<FindEarlierRun>(async () => sampleRecord({ durationMs: 9000 }));
  const { reporter, read } = live(sampleRecord(), { until: 1000, earlier });
  const asked: RunEvent = { at: 1000, type: "asked", steps: 7, milestones: ["etcd"] };
  reporter.onEvent?.(asked);
  await setImmediate();
  read();
  vi.advanceTimersByTime(1000);
  expect(earlier).toHaveBeenCalledWith("e2e", asked);
  expect(read()).toBe("\r\u001B[K[   2.0 s] 2.4.4    Install etcd: Start  22 %, about 10 s left");
});

test("a quiet run tells failures and the end alone", async () => {
  const failure = sampleFailure();
  const record = sampleRecord({
    verdict: "guide",
    steps: [sampleStep({ outcome: "failed", failure })],
    failure,
  });
  const { reporter, read } = live(record, { loudness: "quiet" });
  await reporter.tell?.(record, "/reports/run");
  const text = read();
  expect(text).toMatch(/^\n✗ The guide failed: 2\.4\.4\/start-etcd@t71/);
  expect(text).toContain("✗ The guide failed  e2e, 8.00 s");
  expect(text).not.toMatch(/^\[/m);
});

test("a verbose run tells each step with its output, and each test", () => {
  const { reporter, read } = live(sampleRecord(), { loudness: "verbose", tty: false });
  const text = read();
  expect(text).toContain("✓ 2.4.4/start-etcd@t71  1.23 s\n");
  expect(text).toContain("✓ a key survives a restart  0.32 s\n");
  reporter.onEvent?.({
    at: 9000,
    type: "step-output",
    key: "2.4.4/start-etcd@t71",
    stream: "stdout",
    text: "active\n",
  });
  expect(read()).toContain("  │ active\n");
});

test("steps that were not reached are not among the slowest", async () => {
  const record = sampleRecord({ steps: [sampleStep({ outcome: "skipped", durationMs: 0 })], tests: [] });
  expect((await shown(record)).stdout).not.toContain("slowest");
});

test("a run that leaves machines names them, and the commands that go on", async () => {
  const kept = { cluster: "main", machines: ["t71", "t72"] };
  const { stdout } = await shown(sampleRecord({ kept }));
  expect(stdout).toContain(
    "cluster main stays up: `pnpm suite NAME` checks it, `pnpm shell t71` logs in, `pnpm down` removes it",
  );
  const other = await shown(sampleRecord({ kept: { ...kept, cluster: "mine" } }));
  expect(other.stdout).toContain("`pnpm suite NAME --cluster mine`");
  const bare = await shown(sampleRecord({ kept, steps: [], tests: [] }));
  expect(bare.stdout).toContain("stays up: `pnpm apply` applies the guide to it, `pnpm shell t71`");
});

const end = async (tests: readonly TestRecord[]): Promise<string> =>
  (await shown(sampleRecord({ tests }))).stdout;

test("tests of unknown number are told as milestones that were not reached", async () => {
  const notReached = { outcome: "skipped", durationMs: 0, skipped: "not reached: it ended" } as const;
  const unknown = ["nodes", "ping"].map((milestone) =>
    sampleTest({ milestone, name: allTests, ...notReached }),
  );
  const alone = await end(unknown);
  expect(alone).toMatch(/^\[ .* s\] 2 milestones not reached$/m);
  expect(alone).toContain("\n  no milestone was looked at: not reached\n");
  const beside = await end([sampleTest(notReached), ...unknown]);
  expect(beside).toMatch(/^\[ .* s\] 1 test of 1 milestone skipped, 2 milestones not reached$/m);
  const after = await end([sampleTest(), ...unknown]);
  expect(after).toMatch(/^ {2}node Ready .*not reached$/m);
  expect(after).not.toMatch(/1 test |tests? skipped|milestone .* skipped|node Ready +0/);
});

test("tests that were not reached are told in one line, not one a milestone", async () => {
  const notReached = {
    outcome: "skipped",
    durationMs: 0,
    facts: {},
    skipped: "the run ended before",
  } as const;
  const tests = ["etcd", "nodes", "nodes"].map((milestone, index) =>
    sampleTest({ ...notReached, milestone, name: `test ${index}` }),
  );
  const { stdout } = await shown(sampleRecord({ tests }));
  expect(stdout.match(/.*skipped$/gm)).toEqual([
    expect.stringMatching(/^\[ .* s\] 3 tests of 2 milestones skipped$/),
    "  no milestone was looked at: all 3 tests skipped",
  ]);
});
