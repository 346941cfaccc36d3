import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Interrupted } from "../../../errors.ts";
import { Deadlines } from "../../../deadlines.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { answers } from "./boot.ts";
import { machineNames } from "../../names.ts";
import { identify, type ProcessIdentity } from "../../../host/processes/identity.ts";

let folder: string;
let sshd: Server;
let self: ProcessIdentity;
const names = () => ({
  ...machineNames("boot-test", "t71"),
  socket: join(folder, "sshd"),
  console: join(folder, "console"),
});

beforeEach(async () => {
  folder = temporaryFolder();
  await writeFile(join(folder, "console"), "Reached target\n");
  const found = await identify(process.pid);
  if (!found) throw new Error("no such process");
  self = found;
});
afterEach(() => void sshd.close());

const listen = (greets: (write: (text: string) => void) => void): void => {
  sshd = createServer((socket) => {
    socket.on("error", () => undefined);
    greets((text) => socket.end(text));
  }).listen(join(folder, "sshd"));
};

test("a machine that answers is up", async () => {
  listen((write) => write("SSH-2.0-OpenSSH\r\n"));
  await expect(answers(self, names(), testContext())).resolves.toBeUndefined();
});

test("one that does not answer in time is told of with its console and what was last seen", async () => {
  listen(() => undefined);
  const deadlines = new Deadlines(1, { boot: 100, greeting: 20 });
  await expect(answers(self, names(), testContext({ deadlines }))).rejects.toMatchObject({
    message: expect.stringMatching(
      /^t71 does not answer SSH: sshd accepts but says nothing \(asked \d+ times in /,
    ),
    details: { outputTail: "Reached target" },
  });
});

test("an abort ends the wait with its reason", async () => {
  const controller = new AbortController();
  const reason = new Interrupted("Interrupted by SIGTERM");
  listen(() => controller.abort(reason));
  await expect(answers(self, names(), testContext({ signal: controller.signal }))).rejects.toBe(reason);
});
