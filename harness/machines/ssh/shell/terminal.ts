import type { ClientChannel } from "ssh2";
import { InfrastructureError } from "../../../errors.ts";
import { within } from "../../../waits/wait.ts";
import { type Channels, channelEnd, endGroup } from "../channel/exec.ts";
import type { RunOptions, ShellState, Typist } from "../connection.ts";
import { type boundTo, timedOutCode, untilEnded } from "./ending.ts";
import { type Frame, FrameReader, newNonce } from "./frames.ts";
import { Output } from "./output.ts";
import { Screen } from "./screen.ts";
import { terminalCommand, terminalRun } from "./shell-code.ts";

/** As most terminals that a reader opens. */
const pty = { rows: 24, cols: 80, term: "xterm" };

type TerminalOptions = Pick<RunOptions, "onOutput"> &
  ReturnType<typeof boundTo> & {
    readonly typist: Typist;
    /** Bytes of what is shown that are kept. */
    readonly most: number;
  };

/**
 * Runs a script in a login shell of its own at a terminal, which `state` makes what another shell is. What the terminal
 * shows is standard output, as text. InfrastructureError if there is no such shell, or no terminal.
 */
export async function runAtTerminal(
  channels: Channels,
  script: string,
  state: ShellState,
  { typist, most, onOutput, ...bounds }: TerminalOptions,
) {
  const nonce = newNonce();
  const frames = new FrameReader(nonce);
  const output = new Output(onOutput, most);
  const show = (text: string): void => output.push("stdout", Buffer.from(text));
  const begun = Promise.withResolvers<number>();
  let leader: number | undefined;
  let last: Frame | undefined;
  const listen = (channel: ClientChannel) => {
    const screen = new Screen((said, finished) => {
      const typed = typist(said, finished);
      if (!typed) return;
      channel.write(typed.text);
      screen.answered(typed.text.trimEnd(), typed.echo);
    });
    channel.on("data", (bytes: Buffer) => {
      for (const piece of frames.push(bytes)) {
        if ("text" in piece) {
          // What a profile prints before, and a process in the background behind it, is no output of the script.
          if (leader !== undefined && !last) show(screen.push(piece.text));
        } else if (piece.frame.kind === "start") {
          leader = piece.frame.value;
          begun.resolve(leader);
        } else last = piece.frame;
      }
    });
    return { channel, end: channelEnd(channels, channel), rest: () => show(screen.end()) };
  };
  const { channel, end, rest } = await channels.open(terminalCommand(nonce), listen, bounds.signal, pty);
  try {
    await within(Promise.race([begun.promise, end.done]), {
      signal: bounds.signal,
      deadline: channels.deadlines.for("shell"),
      late: () => noTerminal(channels.machine),
    });
    if (leader === undefined) throw noTerminal(channels.machine);
    channel.write(terminalRun(nonce, script, state));
    const ending = untilEnded(end.done, bounds, () => endGroup(channels, leader, end.done));
    const timedOut = await ending.finally(rest);
    return {
      stdout: output.end().stdout,
      timedOut,
      exitCode: timedOut ? timedOutCode : (last?.value ?? end.exitCode()),
      /** Shell code that makes another shell what this one was, if it came to its end. */
      left: timedOut ? undefined : last && Buffer.from(last.cwd, "base64").toString(),
    };
  } finally {
    channel.close();
  }
}

const noTerminal = (machine: string): InfrastructureError =>
  new InfrastructureError(`${machine}: no login shell at a terminal`, {
    machine,
    hint: "See PermitTTY in its sshd_config, and what the login profile of the machine does.",
  });
