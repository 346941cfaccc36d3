import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { StepGroup } from "../guide/types.ts";
import type { RunningMachine } from "../machines/machine.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { testSpec } from "../machines/nspawn/testing.ts";
import { connect } from "../machines/ssh/connect.ts";
import { silent } from "../progress.ts";
import { testContext, temporaryFolder } from "../testing.ts";
import { apply } from "./apply/apply.ts";
import { LoadWatch } from "./cluster/load-watch.ts";
import { Surroundings } from "./cluster/surroundings.ts";
import { context as contextOf, group, planOf, run, step } from "./testing.ts";

/* A wait on a real machine, of a host that is given too much to do for the time of the test. */
const context = testContext();
const id = "test-starved";
const machines = testSpec(id, "").machines.slice(0, 1);
const artifacts = temporaryFolder();
let machine: RunningMachine;
const hogs: ChildProcess[] = [];

beforeAll(async () => {
  await nspawn.prepare(silent, context);
  await nspawn.down(id, silent, context);
  const [only] = (await nspawn.up({ ...testSpec(id, artifacts), machines }, silent, context)).machines;
  if (!only) throw new Error("no machine");
  machine = only;
});
afterEach(() => {
  for (const { pid } of hogs.splice(0)) if (pid !== undefined) process.kill(-pid, "SIGKILL");
});
afterAll(async () => {
  await nspawn.down(id, silent, context);
});

/**
 * Busy loops, each in a session of its own, for the kernel gives each session the same time; they end by themselves. Humble
 * ones let all others go first.
 */
function crowd({ humble = false } = {}): void {
  const loop = "while :; do :; done";
  const script = humble
    ? `echo 19 2>/dev/null >/proc/self/autogroup; renice -n 19 $$ >/dev/null; ${loop}`
    : loop;
  for (let count = 0; count < 10 * availableParallelism(); count += 1) {
    hogs.push(spawn("timeout", ["90", "sh", "-c", script], { detached: true, stdio: "ignore" }));
  }
}

/** Some seconds of a processor's time; a word is there when they are over. */
const work = `rm -f /run/word
(i=0; while [ $i -lt 1000000 ]; do i=$((i + 1)); done; echo Ready >/run/word) >/dev/null 2>&1 </dev/null &`;

/** What blocks end with on the machine once all around them was looked at; undefined if nothing failed. */
async function applied(...groups: StepGroup[]): Promise<unknown> {
  await using connection = await connect(machine.endpoint, context);
  using load = new LoadWatch();
  load.machines = await nspawn.cpuPressure?.(id);
  const surroundings = await Surroundings.of({ connections: [connection], machines, context, load });
  const shell = await connection.shell();
  const made = contextOf({ t71: { connection, shell } });
  try {
    await apply({ plan: planOf(...groups), ...made, judged: (failure) => surroundings.judged(failure) });
    return undefined;
  } catch (failure) {
    return failure;
  } finally {
    await shell.close();
  }
}

/** The work, and a wait for its word. */
const waited = (within: number): Promise<unknown> =>
  applied(
    group(step("1/work", "t71", run(work))),
    group(
      step("1/word", "t71", run("cat /run/word || true"), {
        expect: { text: "Ready", within, location: { file: "guide.md", line: 9 } },
      }),
    ),
  );

// Before those that leave work behind on the machine, which would be the run's own.
test("a wait in vain is the guide's where only work of others waits for a processor", async () => {
  crowd({ humble: true });
  expect(
    await applied(
      group(
        step("1/word", "t71", run("cat /run/never || true"), {
          expect: { text: "Ready", within: 8000, location: { file: "guide.md", line: 9 } },
        }),
      ),
    ),
  ).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(/^1\/word@t71: the output is not what the guide shows \(asked .*\)$/),
  });
});

test("a wait in vain on a starved host is infrastructure, and says so with the figures", async () => {
  crowd();
  expect(await waited(4000)).toMatchObject({
    verdict: "infrastructure",
    message: expect.stringMatching(
      /^1\/word@t71: the output is not what the guide shows \(asked .*\); this host was starved: load [\d.]+, \d+ processes ready to run, \d+ cores, the run's own work waited for a processor \d+ % of \d+ s$/,
    ),
    details: { step: "1/word@t71" },
  });
});

test("what is wrong at once is the guide's on a starved host, too", async () => {
  crowd();
  expect(await applied(group(step("1/wrong", "t71", run("mkdri /k8s"))))).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(/^1\/wrong@t71: ended with exit code 127: .*mkdri: command not found$/),
  });
});

/** A program that takes seconds to find out that it cannot run, as a kubelet does on such a host. */
const refusing = `printf '%s\\n' '[Service]' Restart=always "ExecStart=/bin/sh -c 'sleep 3; echo Error: unknown flag: --no-such-flag >&2; exit 1'" >/etc/systemd/system/refusing.service
systemctl daemon-reload
systemctl start refusing`;

test("a wait in vain for a unit that refuses to run is the guide's on a starved host, too", async () => {
  crowd();
  const started = group(step("1/start", "t71", run(refusing)));
  const asked = group(
    step("1/ask", "t71", run("cat /run/never || true"), {
      expect: { text: "Ready", within: 4000, location: { file: "guide.md", line: 9 } },
    }),
  );
  expect(await applied(started, asked)).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(
      /^1\/start@t71: refusing did not stay up: .*unknown flag: --no-such-flag$/,
    ),
  });
});

test("the same work is done in time on a host that has it", async () => {
  expect(await waited(60_000)).toBeUndefined();
});
