import { connect as openSocket, createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { testContext } from "../../testing.ts";
import { InfrastructureError } from "../../errors.ts";
import { connect } from "./connect.ts";
import { fingerprint, parseHostKey } from "./keys/host-key.ts";
import { makeKeyPair } from "./keys/key-pair.ts";
import { startTestServer } from "./test-server.ts";

const context = testContext();

const inTime = <T>(promise: Promise<T>): Promise<T | "hung"> =>
  Promise.race([promise, new Promise<"hung">((resolve) => setTimeout(resolve, 5000, "hung"))]);

test("refuses a host key that is not the pinned one and shows both", async () => {
  await using server = await startTestServer();
  const other = makeKeyPair().publicKey;
  const attempt = connect({ ...server.endpoint, hostKey: other }, context);
  await expect(attempt).rejects.toThrow(InfrastructureError);
  await expect(attempt).rejects.toThrow(
    `t71: its host key is ${fingerprint(parseHostKey(server.endpoint.hostKey).blob)}, ` +
      `expected ${fingerprint(parseHostKey(other).blob)}`,
  );
});

test("says so when it is not let in", async () => {
  await using server = await startTestServer();
  await using second = await startTestServer();
  const attempt = connect({ ...server.endpoint, privateKeyFile: second.endpoint.privateKeyFile }, context);
  await expect(attempt).rejects.toThrow(/t71: no SSH connection as root over .*authentication/u);
});

test("says so when nothing listens, when there is no key, and when the key cannot be read", async () => {
  await using server = await startTestServer();
  const { endpoint, folder } = server;
  const nowhere = { ...endpoint, transport: { kind: "unix", path: join(folder, "nothing") } } as const;
  await expect(connect(nowhere, context)).rejects.toThrow(/nothing: connect ENOENT/u);
  const noKey = connect({ ...endpoint, privateKeyFile: join(folder, "no-key") }, context);
  await expect(noKey).rejects.toThrow(/cannot read the private key .*no-key/u);
  const badKey = connect({ ...endpoint, privateKeyFile: "/dev/null" }, context);
  await expect(badKey).rejects.toThrow(InfrastructureError);
});

test("gives up at the deadline when something listens that says nothing", async () => {
  await using server = await startTestServer();
  const path = join(server.folder, "mute");
  const mute = createServer(() => undefined).listen(path);
  const endpoint = { ...server.endpoint, transport: { kind: "unix", path } } as const;
  await expect(
    inTime(connect(endpoint, testContext({ deadlines: new Deadlines(1, { connect: 100 }) }))),
  ).rejects.toThrow(InfrastructureError);
  mute.close();
});

test("a connection that is cut ends whatever waits on it, naming machine and command", async () => {
  await using server = await startTestServer();
  const connection = await connect(server.endpoint, context);
  const shell = await connection.shell();
  const waiting = [
    connection.exec("sleep 100", { deadline: 60_000 }),
    shell.run("true\nsleep 101"),
    connection.writeFile(join(server.folder, "x"), "x").then(() => connection.exec("sleep 102")),
  ];
  await connection.exec("true");
  server.cut();
  const settled = await Promise.allSettled(waiting.map(inTime));
  expect(settled.map((each) => each.status === "rejected" && String(each.reason))).toEqual([
    expect.stringMatching(/^InfrastructureError: t71: connection lost during: sleep 100 /u),
    expect.stringMatching(/^InfrastructureError: t71: connection lost during: true /u),
    expect.stringMatching(/^InfrastructureError: t71: connection lost during: /u),
  ]);
  await expect(inTime(connection.exec("late"))).rejects.toThrow(/t71: connection lost during: late/u);
  await expect(inTime(shell.run("late"))).rejects.toThrow(InfrastructureError);
  await expect(inTime(connection.readFile("/etc/hostname"))).rejects.toThrow(
    /during: reading \/etc\/hostname/u,
  );
  await expect(inTime(connection.forward("127.0.0.1", 1))).rejects.toThrow(InfrastructureError);
  expect(await inTime(shell.close())).toBeUndefined();
  expect(await inTime(connection.close())).toBeUndefined();
});

test("a machine that no longer answers is noticed by keepalive", async () => {
  await using server = await startTestServer();
  const connection = await connect(
    server.endpoint,
    testContext({ deadlines: new Deadlines(1, { keepalive: 50 }) }),
  );
  const running = connection.exec("sleep 100");
  server.freeze();
  await expect(inTime(running)).rejects.toThrow(/t71: connection lost during: sleep 100 .*[Kk]eepalive/u);
});

test("closing ends what still runs, and closing twice is no error", async () => {
  await using server = await startTestServer();
  const connection = await connect(server.endpoint, context);
  const running = inTime(connection.exec("sleep 100"));
  await Promise.all([connection.close(), expect(running).rejects.toThrow(InfrastructureError)]);
  await connection.close();
});

test("connects over TCP as well", async () => {
  await using server = await startTestServer();
  const { transport } = server.endpoint;
  const relay = createServer((socket) => {
    if (transport.kind === "unix") socket.pipe(openSocket(transport.path)).pipe(socket);
  });
  await new Promise<void>((resolve) => void relay.listen(0, "127.0.0.1", resolve));
  const address = relay.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  {
    await using connection = await connect(
      {
        ...server.endpoint,
        transport: { kind: "tcp", host: "127.0.0.1", port: address.port },
      },
      context,
    );
    expect((await connection.exec("echo hello")).stdout).toBe("hello\n");
  }
  relay.close();
});
