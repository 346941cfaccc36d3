import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InfrastructureError, Interrupted } from "../../errors.ts";
import { Deadlines, type Limit } from "../../deadlines.ts";
import { testContext } from "../../testing.ts";
import { connect } from "./connect.ts";
import type { Connection, KeptShell } from "./connection.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

/** A machine whose sshd stops answering while its connections stay open: nothing may wait for it for ever. */
let server: TestServer;
let connection: Connection;
let shell: KeptShell;
let controller: AbortController;

const reason = new Interrupted("Interrupted by SIGTERM");
/** Of every kind of work, in milliseconds: short once nothing answers, so that a slow host is not taken for a silent machine. */
let limit: number | undefined;
const deadlines = new (class extends Deadlines {
  override for(kind: Limit): number {
    return limit ?? super.for(kind);
  }
})();
/** Nothing answers any more. The machine's keepalive, which ends a connection too, is not asked. */
const freeze = (): void => {
  limit = 300;
  server.freeze();
};

beforeEach(async () => {
  limit = undefined;
  controller = new AbortController();
  server = await startTestServer();
  connection = await connect(server.endpoint, testContext({ signal: controller.signal, deadlines }));
  shell = await connection.shell();
});
afterEach(async () => {
  await connection.close();
  await server[Symbol.asyncDispose]();
});

const asks: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["a command", () => connection.exec("true")],
  ["a script in a kept shell", () => shell.run("true")],
  ["a script at a terminal", () => shell.run("true", { typist: () => undefined })],
  ["the start of a shell", () => connection.shell()],
  ["writing a file", () => connection.writeFile(join(server.folder, "file"), "text")],
  ["reading a file", () => connection.readFile("/etc/hostname")],
  ["a forwarded connection", () => connection.forward("127.0.0.1", 1)],
  [
    "more commands than sessions",
    () => Promise.all(Array.from({ length: 12 }, () => connection.exec("true"))),
  ],
];

describe.each(asks)("where nothing answers, %s", (_name, ask) => {
  test("ends at its limit with the machine's name", async () => {
    freeze();
    const failure = await ask().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InfrastructureError);
    expect(failure).toHaveProperty("message", expect.stringMatching(/^t71 does not answer: /));
  });

  test("ends at an abort with its reason", async () => {
    freeze();
    const asked = ask();
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    await expect(ask(), "nothing is begun after it").rejects.toBe(reason);
  });
});

test("where this process itself did not run, that is told beside the machine's silence", async () => {
  freeze();
  let now = performance.now();
  using _ = vi.spyOn(performance, "now").mockImplementation(() => (now += 45_300));
  const failure = await connection.exec("true").catch((error: unknown) => error);
  expect(failure).toHaveProperty(
    "message",
    expect.stringMatching(/; this process itself did not run for \d+ s or more/),
  );
});

/** Resolves once a machine has stopped answering in the middle of a command. */
const began = (
  run: (listen: { onOutput: () => void }) => Promise<unknown>,
): [Promise<unknown>, Promise<void>] => {
  const said = Promise.withResolvers<void>();
  const running = run({
    onOutput: () => {
      freeze();
      said.resolve();
    },
  });
  return [running, said.promise];
};

const scripts: readonly (readonly [string, (options: { onOutput: () => void }) => Promise<unknown>])[] = [
  ["a command", (options) => connection.exec("echo begun; sleep 100", options)],
  ["a script in a kept shell", (options) => shell.run("echo begun; sleep 100", options)],
  [
    "a script at a terminal",
    (options) => shell.run("echo begun; sleep 100", { ...options, typist: () => undefined }),
  ],
];

describe.each(scripts)("where the answers stop in the middle of %s", (_name, run) => {
  test("it ends at its limit", async () => {
    limit = 3000;
    const [running] = began(run);
    await expect(running).rejects.toThrow(/^t71 does not answer: /);
  });

  test("it ends at an abort", async () => {
    const [running, said] = began(run);
    await said;
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

test("what takes too long on a machine that answers is ended there; a file says so", async () => {
  const hurried = connection.with(testContext({ deadlines: new Deadlines(1, { help: 1000 }) }));
  expect(await hurried.exec("sleep 100")).toMatchObject({ timedOut: true, exitCode: 124 });
  expect(await (await hurried.shell()).run("sleep 100")).toMatchObject({ timedOut: true });
  const pipe = join(server.folder, "pipe");
  await connection.exec(`mkfifo ${pipe}`);
  await expect(hurried.readFile(pipe)).rejects.toThrow(`t71: cannot read ${pipe}: not done after`);
});

test("a view with another context is what an abort of the first does not end", async () => {
  controller.abort(reason);
  await expect(connection.exec("true")).rejects.toBe(reason);
  const after = connection.with(testContext());
  expect(await after.exec("echo there")).toMatchObject({ stdout: "there\n" });
  expect((await after.readFile("/etc/hostname")).length).toBeGreaterThan(0);
});

test("a limit of its own and a signal of its own outrank those of the connection", async () => {
  const own = new AbortController();
  const running = connection.exec("sleep 0.5; echo done", { deadline: Infinity, signal: own.signal });
  controller.abort(reason);
  expect(await running).toMatchObject({ stdout: "done\n" });
});

test("an abort ends the wait for a machine that lets nobody in", async () => {
  const path = join(server.folder, "mute");
  const mute = createServer(() => controller.abort(reason)).listen(path);
  const endpoint = { ...server.endpoint, transport: { kind: "unix", path } } as const;
  await expect(connect(endpoint, testContext({ signal: controller.signal }))).rejects.toBe(reason);
  mute.close();
});
