import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { ClientChannel, PseudoTtyOptions } from "ssh2";
import type { Deadlines } from "../../../deadlines.ts";
import { InfrastructureError } from "../../../errors.ts";
import { within } from "../../../waits/wait.ts";
import type { ExecOptions, ExecResult, Stdin } from "../connection.ts";
import { noAnswer } from "../liveness.ts";
import { killGroup, signalCode, timedOutCode, untilEnded } from "../shell/ending.ts";
import { bareFrame, FrameReader, newNonce } from "../shell/frames.ts";
import { Output, type Printed } from "../shell/output.ts";
import { sh } from "../sh.ts";

/** An ExecResult before its bytes are taken for text. */
export type RawResult = Omit<ExecResult, "stdout" | "stderr"> & Printed;

/** Bytes of each stream that are kept: more than anything that is asked for. */
const most = 64 * 2 ** 20;

/** Where session channels come from. */
export type Channels = {
  readonly machine: string;
  readonly deadlines: Deadlines;
  /**
   * Opens a session channel that runs a command; rejects if the machine refuses it or says nothing, or at an abort. `listen` is called at once,
   * for a quick command's exit arrives in the same packet as the channel itself.
   */
  open<T>(
    command: string,
    listen: (channel: ClientChannel) => T,
    signal?: AbortSignal,
    pty?: PseudoTtyOptions,
  ): Promise<T>;
};

export async function execIn(channels: Channels, command: string, options: ExecOptions): Promise<RawResult> {
  options.signal?.throwIfAborted();
  const started = performance.now();
  const nonce = newNonce();
  // The first frame on standard error is the process group to end at a deadline: signals over the channel
  // itself need OpenSSH 7.9, and CentOS 7 has 7.4.
  const output = new Output(options.onOutput, most);
  const frames = new FrameReader(nonce);
  let leader: number | undefined;
  const { channel, end } = await channels.open(
    sh`printf ${bareFrame(nonce, "start")} $$ >&2
${command}`,
    (opened) => {
      opened.on("data", (bytes: Buffer) => output.push("stdout", bytes));
      opened.stderr.on("data", (bytes: Buffer) => {
        for (const piece of frames.push(bytes)) {
          if ("frame" in piece) leader = piece.frame.value;
          else output.push("stderr", piece.text);
        }
      });
      return { channel: opened, end: channelEnd(channels, opened) };
    },
    options.signal,
  );
  const fed = feed(channel, options.stdin);
  const ending = untilEnded(end.done, options, () => endGroup(channels, leader, end.done));
  const timedOut = await ending.finally(() => channel.close());
  fed();
  output.push("stderr", frames.rest());
  return {
    ...output.end(),
    exitCode: timedOut ? timedOutCode : end.exitCode(),
    durationMs: performance.now() - started,
    timedOut,
  };
}

/**
 * Ends what a command started, and waits for its last output. InfrastructureError if the machine never said that the
 * command began, or does not say in time that it is gone.
 */
export async function endGroup(
  channels: Channels,
  leader: number | undefined,
  ended: Promise<void>,
): Promise<void> {
  const { machine, deadlines } = channels;
  const late = (): Error => noAnswer(machine, " does not answer: a command on it could not be ended");
  if (leader === undefined) throw late();
  await within(execIn(channels, killGroup(leader), {}), { deadline: deadlines.for("end"), late });
  await Promise.race([ended, delay(deadlines.for("drain"), undefined, { ref: false })]);
}

/** Hands standard input over; the function it gives throws what a stream of it died of. */
function feed(channel: ClientChannel, stdin: Stdin | undefined): () => void {
  let failure: Error | undefined;
  if (stdin instanceof Readable) {
    stdin.once("error", (error) => {
      failure = error;
      channel.close();
    });
    channel.once("close", () => stdin.destroy());
    stdin.pipe(channel);
  } else channel.end(stdin);
  return () => {
    if (failure) throw failure;
  };
}

/**
 * The end of a channel: closed, or its command gone and silent, for a process left in the background may hold
 * the channel open for ever.
 */
export function channelEnd(
  { machine, deadlines }: Pick<Channels, "machine" | "deadlines">,
  channel: ClientChannel,
): { done: Promise<void>; isOver: () => boolean; exitCode: () => number } {
  const done = Promise.withResolvers<void>();
  let code: number | undefined;
  let silence: NodeJS.Timeout | undefined;
  let closed = false;
  const heard = (): void => void silence?.refresh();
  channel.on("data", heard);
  channel.stderr.on("data", heard);
  channel.on("exit", (exitCode: number | null, signal?: string) => {
    code = exitCode ?? signalCode(signal ?? "");
    silence = setTimeout(done.resolve, deadlines.for("drain"));
  });
  channel.on("close", () => {
    closed = true;
    clearTimeout(silence);
    done.resolve();
  });
  return {
    done: done.promise,
    isOver: () => closed || code !== undefined,
    exitCode: () => {
      if (code !== undefined) return code;
      throw new InfrastructureError(`${machine}: the command's channel was closed without an exit code`, {
        machine,
        hint: `See what sshd on ${machine} says in its journal.`,
      });
    },
  };
}
