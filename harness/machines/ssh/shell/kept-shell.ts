import { setTimeout as delay } from "node:timers/promises";
import type { ClientChannel } from "ssh2";
import type { Context } from "../../../context.ts";
import { HarnessDefect, InfrastructureError } from "../../../errors.ts";
import type { KeptShell, OutputChunk, RunOptions, ShellState } from "../connection.ts";
import { boundTo, timedOutCode, untilEnded } from "./ending.ts";
import { type Channels, channelEnd, endGroup, type RawResult } from "../channel/exec.ts";
import { type Frame, FrameReader, newNonce, type OutputPiece } from "./frames.ts";
import type { Liveness } from "../liveness.ts";
import { Output } from "./output.ts";
import { firstLine } from "../quote.ts";
import { shellAdopt, shellCommand, shellPreamble, shellRun } from "./shell-code.ts";
import { runAtTerminal } from "./terminal.ts";

type Ended = Omit<RawResult, "durationMs"> & { readonly ready: Frame | undefined; readonly failed?: Frame };

/** Bytes of each stream of a script that are kept. */
const most = 2 * 2 ** 20;

/** One login shell in one channel, until a run ends it. */
class LiveShell {
  readonly #channels: Channels;
  readonly #channel: ClientChannel;
  readonly #end: ReturnType<typeof channelEnd>;
  #leader: number | undefined;
  #onPiece: ((stream: OutputChunk["stream"], piece: OutputPiece) => void) | undefined;

  constructor(channels: Channels, channel: ClientChannel, readers: () => FrameReader) {
    this.#channels = channels;
    this.#channel = channel;
    this.#end = channelEnd(channels, channel);
    this.#listen("stdout", channel, readers());
    this.#listen("stderr", channel.stderr, readers());
  }

  get gone(): boolean {
    return this.#end.isOver();
  }

  /** Hands shell code to the shell and waits until both streams have said that it is over. */
  async run(code: string, options: RunOptions): Promise<Ended> {
    const output = new Output(options.onOutput, most);
    const over = Promise.withResolvers<void>();
    const frames: Partial<Record<OutputChunk["stream"], Frame>> = {};
    let failed: Frame | undefined;
    this.#onPiece = (stream, piece) => {
      // What a process in the background prints after the end belongs to no run.
      if (frames[stream]) return;
      if ("text" in piece) output.push(stream, piece.text);
      else if (piece.frame.kind === "failed") failed = piece.frame;
      else frames[stream] = piece.frame;
      if (frames.stdout && frames.stderr) over.resolve();
    };
    this.#channel.write(code);
    let ready: Frame | undefined;
    try {
      const ended = Promise.race([over.promise, this.#end.done]);
      const end = (): Promise<void> => endGroup(this.#channels, this.#leader, ended);
      const timedOut = await untilEnded(ended, options, end);
      if (!timedOut && frames.stdout?.kind === "ready") ready = frames.stdout;
      const exitCode = timedOut ? timedOutCode : (frames.stdout?.value ?? this.#end.exitCode());
      return { ...output.end(), timedOut, exitCode, ready, ...(failed && { failed }) };
    } finally {
      this.#onPiece = undefined;
      // What a run left in the background may hold the channel open.
      if (!ready) this.#channel.close();
    }
  }

  async close(): Promise<void> {
    this.#channel.end();
    await Promise.race([
      this.#end.done,
      delay(this.#channels.deadlines.for("drain"), undefined, { ref: false }),
    ]);
    this.#channel.close();
  }

  #listen(stream: OutputChunk["stream"], source: NodeJS.ReadableStream, reader: FrameReader): void {
    source.on("data", (bytes: Buffer) => {
      for (const piece of reader.push(bytes)) {
        if ("frame" in piece && piece.frame.kind === "start") this.#leader = piece.frame.value;
        else this.#onPiece?.(stream, piece);
      }
    });
  }
}

async function startShell(
  channels: Channels,
  { cwd, environment = "" }: Partial<ShellState>,
  signal: AbortSignal,
): Promise<{ shell: LiveShell; ready: Frame }> {
  const nonce = newNonce();
  const shell = await channels.open(
    shellCommand(nonce),
    (channel) => new LiveShell(channels, channel, () => new FrameReader(nonce)),
    signal,
  );
  const deadline = channels.deadlines.for("shell");
  const { ready, timedOut, stderr } = await shell.run(shellPreamble(nonce, cwd, environment), {
    deadline,
    signal,
  });
  if (ready) return { shell, ready };
  const { machine } = channels;
  const why = timedOut ? `not ready after ${deadline / 1000} s` : stderr.toString().trim();
  throw new InfrastructureError(`${machine}: no login shell in ${cwd ?? "the home folder"}: ${why}`, {
    machine,
    hint: "See whether the folder still exists and what the login profile of the machine does.",
  });
}

/** What `jobs -l` prints: `[1]+ 4242 Running    sleep 7000 &`, its command as the shell has read it, with its state in the machine's language. */
const jobsIn = (text: string): { readonly pid: string; readonly command: string }[] =>
  [...text.matchAll(/^\[\d+\][-+]?\s+(\d+) \S+\s+([^]*?)\n(?=\[\d+\]|$(?![^]))/gm)].map(
    ([, pid = "", command = ""]) => ({ pid, command }),
  );

/** Starts a login shell; later runs start another where a run has ended it. */
export async function openShell(
  channels: Channels,
  liveness: Liveness,
  initial: Partial<ShellState>,
  context: Context,
): Promise<KeptShell> {
  const first = await liveness.during("starting a login shell", () =>
    startShell(channels, initial, context.signal),
  );
  /** What it said last of itself: at its start, and after each run that did not end it. */
  let lasting: ShellState = first.ready;
  /** Whether the last run has ended its shell by itself: whoever goes on logs in again, and has nothing of it. */
  let loggedOut = false;
  let live: LiveShell | undefined = first.shell;
  let busy = false;
  let closed = false;
  /** Processes in the background that earlier runs have left. */
  let known = new Set<string>();

  const startAgain = async (signal: AbortSignal): Promise<LiveShell> => {
    const { shell, ready } = await startShell(channels, loggedOut ? {} : lasting, signal);
    lasting = ready;
    loggedOut = false;
    return shell;
  };

  /** The shell that answers stays what it is, but for what becomes of it at the terminal. */
  const atTerminal = async (
    script: string,
    options: Parameters<typeof runAtTerminal>[3],
    answer: (code: string, bounds: RunOptions) => Promise<Ended>,
  ): Promise<Ended> => {
    const { left, ...ended } = await runAtTerminal(channels, script, lasting, options);
    const bounds = { deadline: channels.deadlines.for("shell"), signal: options.signal };
    const adopted = left === undefined ? undefined : await answer(shellAdopt(left), bounds);
    return { ...ended, stderr: Buffer.alloc(0), leftOut: 0, ready: adopted?.ready };
  };

  return {
    async run(script, given = {}) {
      const options = { ...given, ...boundTo(context, given) };
      options.signal.throwIfAborted();
      if (closed || busy) {
        throw new HarnessDefect(
          `${channels.machine}: the kept shell is ${closed ? "closed" : "busy with another script"}`,
        );
      }
      busy = true;
      const started = performance.now();
      try {
        return await liveness.during(firstLine(script), async () => {
          const shell = live && !live.gone ? live : await startAgain(options.signal);
          live = shell;
          const answer = async (code: string, bounds: RunOptions): Promise<Ended> => {
            live = undefined;
            const answered = await shell.run(code, bounds);
            live = answered.ready ? shell : undefined;
            return answered;
          };
          const { typist } = given;
          const ended = typist
            ? await atTerminal(script, { ...options, typist, most }, answer)
            : await answer(shellRun(script, given.surviving), options);
          const jobs = jobsIn(ended.ready?.jobs ?? "");
          const { left, beside } = Object.groupBy(jobs, ({ pid }) => (known.has(pid) ? "beside" : "left"));
          known = new Set(jobs.map(({ pid }) => pid));
          if (ended.ready) lasting = ended.ready;
          loggedOut = !ended.ready && ended.exitCode === 0;
          if (loggedOut) {
            await live?.close();
            live = undefined;
          }
          const failed = ended.exitCode === 0 ? undefined : ended.failed;
          return {
            exitCode: ended.exitCode,
            stdout: ended.stdout.toString(),
            stderr: ended.stderr.toString(),
            timedOut: ended.timedOut,
            durationMs: performance.now() - started,
            cwd: lasting.cwd,
            ...(loggedOut && { endedShell: true }),
            ...(failed && { failed: { line: failed.value, command: failed.cwd } }),
            ...(left && { left: left.map(({ command }) => command) }),
            ...(beside && { beside: beside.map(({ command }) => command) }),
          };
        });
      } finally {
        busy = false;
      }
    },
    state: () => (loggedOut ? undefined : { cwd: lasting.cwd, environment: lasting.environment }),
    async close() {
      closed = true;
      await live?.close();
    },
  };
}
