import type { ServerChannel } from "ssh2";
import { printedFrame } from "../machines/ssh/shell/frames.ts";
import { type ServeCommand, startTestServer, type TestServer } from "../machines/ssh/test-server.ts";

/** What a machine answers to a command or script. */
export type Answer = { readonly exitCode?: number; readonly stdout?: string };

/** Asked for every command, and every script of a step, before it is answered; may take its time, or never resolve. */
export type Script = (machine: string, command: string) => Promise<Answer> | Answer;

/** An SSH server that runs nothing: it speaks the kept shell's protocol, and answers as the script says. */
export const scriptedMachine = (
  machine: string,
  script: Script,
  onConnection?: () => unknown,
): Promise<TestServer> => startTestServer(serveBy(machine, script), machine, onConnection);

const serveBy =
  (machine: string, script: Script): ServeCommand =>
  (channel, command) => {
    const nonce = /%s%sstart %s\S* ([0-9a-f]{16}) ([0-9a-f]{16})/.exec(
      command.replaceAll(String.raw`'\''`, "'"),
    );
    const halves = nonce ? `${nonce[1]}${nonce[2]}` : "";
    if (command.includes("bash --login")) serveShell(channel, halves, machine, script);
    else void serveOnce(channel, halves, command, machine, script);
    return { kill: () => channel.destroy() };
  };

/** A command in a channel of its own: the frame that names its process, what it prints, its exit. */
async function serveOnce(
  channel: ServerChannel,
  nonce: string,
  command: string,
  machine: string,
  script: Script,
): Promise<void> {
  channel.resume();
  channel.stderr.write(printedFrame(nonce, "start", 1));
  const { exitCode = 0, stdout = "" } = await script(machine, command);
  if (channel.destroyed) return;
  if (stdout !== "") channel.write(stdout);
  channel.exit(exitCode);
  channel.end();
}

/** A login shell: ready at once, and again after each script; it ends with one that fails. */
function serveShell(channel: ServerChannel, nonce: string, machine: string, script: Script): void {
  const report = (kind: string, code: number): void => {
    channel.write(printedFrame(nonce, kind, code, "/root\n"));
    channel.stderr.write(printedFrame(nonce, kind, code));
  };
  channel.write(printedFrame(nonce, "start", 1));
  channel.stderr.write(printedFrame(nonce, "start", 1));
  const answer = async (code: string): Promise<void> => {
    if (code.includes("__harness_report 0")) return report("ready", 0);
    if (!code.includes("eval -- ")) return;
    const { exitCode = 0, stdout = "" } = await script(machine, code);
    if (channel.destroyed) return;
    if (stdout !== "") channel.write(stdout);
    if (exitCode === 0) return report("ready", 0);
    report("exit", exitCode);
    channel.exit(exitCode);
    channel.end();
  };
  channel.on("data", (bytes: Buffer) => void answer(bytes.toString()));
  // As a shell does at the end of its input.
  channel.once("end", () => {
    channel.exit(0);
    channel.end();
  });
}
