import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { Client, type ClientChannel } from "ssh2";
import { describe, expect, test, vi } from "vitest";
import { GuideFailure, Interrupted } from "../../../errors.ts";
import type { OutputChunk } from "../connection.ts";
import { connection, server } from "./testing.ts";

const path = (name: string): string => `${server.folder}/${name}`;

/** States of a session's processes; Z is dead, only not yet collected. */
const livingIn = async (session: string): Promise<string> =>
  (await connection.exec(`ps -o stat= -s ${session.trim()} | grep -v Z`)).stdout;

describe("exec", () => {
  test("keeps exit code, output and errors apart", async () => {
    const result = await connection.exec("printf out; printf err >&2; exit 3");
    expect(result).toMatchObject({ exitCode: 3, stdout: "out", stderr: "err", timedOut: false });
    expect(result.durationMs).toBeGreaterThan(0);
  });

  test("tells a signal as a shell does", async () => {
    expect((await connection.exec("kill -9 $$")).exitCode).toBe(137);
  });

  test("feeds standard input, and an empty one unless told", async () => {
    expect((await connection.exec("cat", { stdin: "a\nb" })).stdout).toBe("a\nb");
    expect((await connection.exec("cat; echo end")).stdout).toBe("end\n");
  });

  test("feeds a stream, and tells what it died of", async () => {
    const counted = await connection.exec("wc -c", { stdin: Readable.from([Buffer.alloc(300_000), "x"]) });
    expect(counted.stdout.trim()).toBe("300001");
    const dying = new Readable({ read: () => dying.destroy(new Error("the disk is gone")) });
    await expect(connection.exec("cat", { stdin: dying })).rejects.toThrow("the disk is gone");
    expect(
      (await connection.exec("true", { stdin: Readable.from([Buffer.alloc(8_000_000)]) })).exitCode,
    ).toBe(0);
  });

  test("is not held up by input that nobody reads", async () => {
    expect((await connection.exec("true", { stdin: Buffer.alloc(8_000_000) })).exitCode).toBe(0);
  });

  test("streams output as it comes, characters whole", async () => {
    const chunks: OutputChunk[] = [];
    const script = String.raw`printf 'a\303'; sleep 0.1; printf '\244b'; printf '\303' >&2`;
    const result = await connection.exec(script, { onOutput: (chunk) => chunks.push(chunk) });
    expect(result.stdout).toBe("aäb");
    const texts = (stream: string): string[] =>
      chunks.filter((chunk) => chunk.stream === stream).map(({ text }) => text);
    expect(chunks.find(({ stream }) => stream === "stdout")?.text).toBe("a");
    expect([texts("stdout").join(""), texts("stderr").join("")]).toEqual(["aäb", "\uFFFD"]);
  });

  test("ends at the deadline, with its children, even if SIGTERM is ignored", async () => {
    const result = await connection.exec("trap '' TERM; echo $$; sleep 300 & sleep 300; sleep 300", {
      deadline: 200,
    });
    expect(result).toMatchObject({ timedOut: true, exitCode: 124 });
    expect(await livingIn(result.stdout)).toBe("");
  });

  test("gives a command that minds SIGTERM the time to clean up", async () => {
    const result = await connection.exec("trap 'echo cleaned; exit 0' TERM; sleep 300 & wait", {
      deadline: 200,
    });
    expect(result).toMatchObject({ timedOut: true, exitCode: 124, stdout: "cleaned\n" });
  });

  test("an abort ends the command and rejects with its reason", async () => {
    const controller = new AbortController();
    const pid = Promise.withResolvers<string>();
    const running = connection.exec("echo $$; sleep 300", {
      signal: controller.signal,
      onOutput: ({ text }) => pid.resolve(text.trim()),
    });
    const group = await pid.promise;
    controller.abort(new Interrupted("Interrupted by SIGTERM"));
    await expect(running).rejects.toThrow(Interrupted);
    expect(await livingIn(group)).toBe("");
    await expect(connection.exec("true", { signal: controller.signal })).rejects.toThrow(Interrupted);
  });

  test("does not wait for a process left in the background", async () => {
    const result = await connection.exec("sleep 300 & echo started");
    expect(result).toMatchObject({ exitCode: 0, stdout: "started\n" });
  });

  test("runs more commands at once than sshd allows sessions", async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, n) => connection.exec(`sleep 0.02; echo ${n}`)),
    );
    expect(all.map(({ stdout }) => Number(stdout))).toEqual([...Array(30).keys()]);
  });

  test("one that waits for a session waits no longer once its signal is raised, and takes none later", async () => {
    const gate = path("gate");
    const busy = Array.from({ length: 7 }, () =>
      connection.exec(`until [ -e ${gate} ]; do sleep 0.02; done`),
    );
    const interruption = new AbortController();
    const waiting = connection.exec(`touch ${path("begun")}`, { signal: interruption.signal });
    interruption.abort(new Interrupted("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await writeFile(gate, "");
    await Promise.all(busy);
    expect((await connection.exec(`ls ${path("begun")}`)).exitCode).not.toBe(0);
  });
});

describe("files", () => {
  test("come back byte for byte, with their mode", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256));
    const odd = path("it's odd\n$(name)");
    await connection.writeFile(odd, bytes, { mode: 0o640 });
    expect((await connection.readFile(odd)).equals(bytes)).toBe(true);
    const { stdout } = await connection.exec(`stat -c %a ${server.folder}/it*`);
    expect(stdout).toBe("640\n");
  });

  test("are replaced whole, with mode 0644 unless told", async () => {
    await connection.writeFile(path("twice"), "a long first text", { mode: 0o600 });
    await connection.writeFile(path("twice"), "");
    expect(
      (await connection.exec(`stat -c '%a %s' ${path("twice")}; ls -A ${server.folder} | grep -c twice`))
        .stdout,
    ).toBe("644 0\n1\n");
  });

  test("are not begun where the folder is missing, and the message names it", async () => {
    const attempt = connection.writeFile(path("no/such/folder/file"), "x");
    await expect(attempt).rejects.toThrow(GuideFailure);
    await expect(attempt).rejects.toThrow(`there is no folder ${path("no/such/folder")}`);
  });

  test("leave nothing behind when they cannot be put in place", async () => {
    await connection.exec(`mkdir -p ${path("taken/inside")}`);
    await expect(connection.writeFile(path("taken"), "x")).rejects.toThrow(/cannot write .*taken: mv: /u);
    expect((await connection.exec(`ls -A ${server.folder} | grep taken`)).stdout).toBe("taken\n");
  });

  test("that are missing are named", async () => {
    await expect(connection.readFile(path("nothing"))).rejects.toThrow(
      `t71: there is no file ${path("nothing")}`,
    );
  });
});

describe("forward", () => {
  test("reaches a port as the machine does, and says when nothing answers", async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => void echo.listen(0, "127.0.0.1", resolve));
    const address = echo.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const stream = await connection.forward("127.0.0.1", address.port);
    stream.end("hello");
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    expect(text).toBe("hello");
    await new Promise((resolve) => void echo.close(resolve));
    const refused = connection.forward("127.0.0.1", address.port);
    await expect(refused).rejects.toThrow(`t71: nothing answers at 127.0.0.1:${address.port}`);
  });

  // RFC 4254, 5.1. Of what is no error of a socket OpenSSH says "open failed".
  test.each([
    [1, "infrastructure", "sshd forwards no connections", "AllowTcpForwarding"],
    [2, "guide", "nothing answers at 127.0.0.1:1", "active"],
    [4, "infrastructure", "sshd forwards no connections", "AllowTcpForwarding"],
    ["", "infrastructure", "sshd forwards no connections", "AllowTcpForwarding"],
  ])("that sshd refuses for reason %j is the failure of %s", async (reason, verdict, message, hint) => {
    const refuse = function (this: Client, ...[, , , , callback]: Parameters<Client["forwardOut"]>): Client {
      const failure = Object.assign(new Error("(SSH) Channel open failure: open failed"), { reason });
      // oxlint-disable-next-line no-unsafe-type-assertion -- there is no channel beside an error
      callback?.(failure, undefined as unknown as ClientChannel);
      return this;
    };
    vi.spyOn(Client.prototype, "forwardOut").mockImplementationOnce(refuse);
    await expect(connection.forward("127.0.0.1", 1)).rejects.toMatchObject({
      verdict,
      message: expect.stringContaining(`t71: ${message}`),
      details: { hint: expect.stringContaining(hint) },
    });
  });
});
