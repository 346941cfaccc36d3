import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as openSocket, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import pLimit from "p-limit";
import ssh2, { type PseudoTtyInfo, type ServerChannel } from "ssh2";
import type { SshEndpoint } from "../machine.ts";
import { makeKeyPair } from "./keys/key-pair.ts";

/** Answers a command in a channel; ended with the server. */
export type ServeCommand = (
  channel: ServerChannel,
  command: string,
  home: string,
  pty?: PseudoTtyInfo,
) => { kill(): void };

/**
 * Sends both streams of a command, a piece at a time. The server half of ssh2 1.17 does not forget what has
 * waited for the window, and sends it again in place of the other stream's piece: it is made to forget.
 */
async function sendBoth(channel: ServerChannel, stdout: Readable, stderr: Readable): Promise<void> {
  const inTurn = pLimit(1);
  const send = async (source: Readable, target: Writable): Promise<void> => {
    for await (const bytes of source) {
      await inTurn(async () => {
        await new Promise((sent) => void target.write(bytes, sent));
        Object.assign(channel, { _chunk: undefined, _chunkcb: undefined });
        Object.assign(channel, { _chunkErr: undefined, _chunkcbErr: undefined });
      });
    }
  };
  await Promise.allSettled([send(stdout, channel), send(stderr, channel.stderr)]);
}

/** script(1) runs a command at a terminal of its own. */
const atTerminal = (command: string, { rows, cols }: PseudoTtyInfo): [string, string[]] => [
  "script",
  ["-qe", "-E", "always", "-c", `stty rows ${rows} cols ${cols}; ${command}`, "/dev/null"],
];

/** As sshd: the command in a session of its own, its exit told at once, the channel closed when its output is. */
const serveCommand: ServeCommand = (channel, command, home, pty) => {
  const [program, args] = pty ? atTerminal(command, pty) : ["bash", ["-c", command]];
  const child = spawn(program, args, {
    detached: true,
    cwd: home,
    env: { ...process.env, HOME: home, SHELL: "/bin/bash", ...(pty && { TERM: "xterm" }) },
  });
  channel.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  const exited = Promise.withResolvers<void>();
  child.on("exit", (code, signal) => {
    if (signal) channel.exit(signal.replace("SIG", ""));
    else channel.exit(code ?? 0);
    exited.resolve();
  });
  void Promise.all([exited.promise, sendBoth(channel, child.stdout, child.stderr)]).then(() => channel.end());
  return {
    kill: () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    },
  };
};

/**
 * A stand-in for a machine's sshd, for tests: commands run here, as the user who runs the tests, unless told. Listens on a Unix
 * socket in a new temporary folder, which is the home of the shells, too.
 */
export async function startTestServer(
  serve: ServeCommand = serveCommand,
  machine = "t71",
  onConnection: () => unknown = () => undefined,
) {
  const folder = mkdtempSync(join(tmpdir(), "ssh-test-"));
  const hostKey = makeKeyPair();
  const userKey = makeKeyPair();
  const allowed = ssh2.utils.parseKey(userKey.publicKey);
  if (allowed instanceof Error) throw allowed;
  const path = join(folder, "sshd");
  const privateKeyFile = join(folder, "id_ed25519");
  writeFileSync(privateKeyFile, userKey.privateKey, { mode: 0o600 });
  const sockets = new Set<Socket>();
  const served = new Set<ReturnType<ServeCommand>>();

  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const known = context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
      if (known) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (acceptSession) => {
      const session = acceptSession();
      let pty: PseudoTtyInfo | undefined;
      session.on("pty", (acceptPty, _reject, info) => {
        pty = info;
        acceptPty();
      });
      session.on("exec", (acceptExec, _reject, { command }) => {
        served.add(serve(acceptExec(), command, folder, pty));
      });
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const socket = openSocket(destPort, destIP);
      socket.on("connect", () => {
        const channel = accept();
        socket.pipe(channel).pipe(socket);
      });
      socket.on("error", () => reject());
    });
  });
  const listener = createServer((socket) => {
    sockets.add(socket);
    onConnection();
    socket.once("close", () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  const listening = Promise.withResolvers<void>();
  listener.listen(path, listening.resolve);
  await listening.promise;
  const endpoint: SshEndpoint = {
    machine,
    transport: { kind: "unix", path },
    user: "root",
    privateKeyFile,
    hostKey: hostKey.publicKey,
  };
  return {
    endpoint,
    folder,
    /** Cuts every connection, as a machine does that loses its power. */
    cut: () => sockets.forEach((socket) => socket.destroy()),
    /** Stops reading and answering, without closing anything. */
    freeze: () => sockets.forEach((socket) => socket.pause()),
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const command of served) {
        try {
          command.kill();
        } catch {
          // Gone already.
        }
      }
      for (const socket of sockets) socket.destroy();
      const closed = Promise.withResolvers<void>();
      listener.close(() => closed.resolve());
      await closed.promise;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;
