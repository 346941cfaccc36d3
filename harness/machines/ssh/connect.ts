import { readFile } from "node:fs/promises";
import { connect as openSocket } from "node:net";
import { type Algorithms, Client } from "ssh2";
import type { Context } from "../../context.ts";
import { InfrastructureError, toHarnessError } from "../../errors.ts";
import { within } from "../../waits/wait.ts";
import type { SshEndpoint } from "../machine.ts";
import type { Connection } from "./connection.ts";
import { fingerprint, parseHostKey } from "./keys/host-key.ts";
import { type Line, Liveness } from "./liveness.ts";
import { SshConnection } from "./ssh-connection.ts";

const hostKeyAlgorithms = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

/** Asks first for the type of host key that is pinned: a machine has several. */
function algorithmsFor(hostKeyType: string): Algorithms {
  const pinned = (name: string): boolean =>
    name === hostKeyType || (hostKeyType === "ssh-rsa" && name.startsWith("rsa-"));
  return {
    // What node:crypto does natively; ssh2's chacha20 was a third slower.
    cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr"],
    compress: ["none"],
    serverHostKey: hostKeyAlgorithms.toSorted((a, b) => Number(pinned(b)) - Number(pinned(a))),
  };
}

/**
 * Connects to a machine, once; whoever waits for a machine to come up calls it again. What is asked over the connection
 * ends with the context's signal. InfrastructureError: not reachable, not let in, too late, or another host key than the
 * endpoint's.
 */
export async function connect(endpoint: SshEndpoint, context: Context): Promise<Connection> {
  return new SshConnection({ ...(await openLine(endpoint, context)), sudo: endpoint.sudo === true }, context);
}

/** What `connect` does, for who needs more than a Connection gives. */
export async function openLine(endpoint: SshEndpoint, { signal, deadlines }: Context): Promise<Line> {
  signal.throwIfAborted();
  const expected = parseHostKey(endpoint.hostKey);
  const privateKey = await readKey(endpoint);
  let seen: Buffer | undefined;
  const client = new Client();
  const socket = socketTo(endpoint);
  const ready = Promise.withResolvers<void>();
  client.once("ready", ready.resolve);
  client.on("error", ready.reject);
  socket.on("error", ready.reject);
  client.on("close", () => ready.reject(new Error("the connection was closed")));
  try {
    client.connect({
      sock: socket,
      username: endpoint.user,
      privateKey,
      authHandler: ["publickey"],
      algorithms: algorithmsFor(expected.type),
      hostVerifier: (key: Buffer) => {
        seen = key;
        return key.equals(expected.blob);
      },
      readyTimeout: deadlines.for("connect"),
      keepaliveInterval: deadlines.for("keepalive"),
      // Dead after three questions without an answer.
      keepaliveCountMax: 3,
    });
    await within(ready.promise, { signal });
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    if (seen && !seen.equals(expected.blob)) throw hostKeyError(endpoint, expected.blob, seen);
    throw connectError(endpoint, error);
  }
  return { client, socket, liveness: new Liveness(endpoint.machine, client) };
}

/** Our own socket, for ssh2's has Nagle's algorithm on: 90 ms for each command. */
function socketTo({ transport }: SshEndpoint): ReturnType<typeof openSocket> {
  const socket =
    transport.kind === "unix" ? openSocket(transport.path) : openSocket(transport.port, transport.host);
  return socket.setNoDelay(true);
}

async function readKey({ machine, privateKeyFile }: SshEndpoint): Promise<Buffer> {
  try {
    return await readFile(privateKeyFile);
  } catch (cause) {
    throw new InfrastructureError(`${machine}: cannot read the private key ${privateKeyFile}`, {
      machine,
      hint: "The key is made when the machines come up; bring them up again.",
      cause,
    });
  }
}

const hostKeyError = ({ machine }: SshEndpoint, expected: Buffer, actual: Buffer): InfrastructureError =>
  new InfrastructureError(
    `${machine}: its host key is ${fingerprint(actual)}, expected ${fingerprint(expected)}`,
    { machine, hint: "Another machine answers there, or it was made anew; bring the machines up again." },
  );

function connectError({ machine, transport, user }: SshEndpoint, cause: unknown): InfrastructureError {
  const where = transport.kind === "unix" ? transport.path : `${transport.host}:${transport.port}`;
  const { message } = toHarnessError(cause);
  return new InfrastructureError(`${machine}: no SSH connection as ${user} over ${where}: ${message}`, {
    machine,
    hint: `See whether ${machine} and its sshd run, and whether its authorized_keys holds the run's key.`,
    cause,
  });
}
