import type { Duplex, Readable } from "node:stream";
import type { Context } from "../../context.ts";
import type { Limit } from "../../deadlines.ts";

export type OutputChunk = { readonly stream: "stdout" | "stderr"; readonly text: string };

export type RunOptions = {
  /**
   * The kind of work it is, whose limit it has: help unless told. When it is over, the command is ended, which is a
   * result: see ExecResult.timedOut.
   */
  readonly limit?: Limit;
  /** In its place: milliseconds, already multiplied; Infinity for what ends with its standard input. */
  readonly deadline?: number;
  /** Ends the command; its reason is thrown. The connection's unless told. */
  readonly signal?: AbortSignal;
  readonly onOutput?: (chunk: OutputChunk) => void;
};

/** Keys that are pressed at a terminal; `echo` stands in the output in the place of what the terminal shows of them. */
export type Typed = { readonly text: string; readonly echo?: string };

/**
 * Who sits at a terminal: told of every line once it is finished, and of the one that is not whenever something comes, each
 * without what was answered already. What is given is typed.
 */
export type Typist = (said: string, finished: boolean) => Typed | undefined;

export type ShellRunOptions = RunOptions & {
  /** Of one command: a kept shell stays as it is if it fails, variables and all. */
  readonly surviving?: boolean;
  /**
   * Runs the script at a terminal of 80 by 24 characters, at which this one sits: in a login shell of its own with the kept
   * shell's folder, variables and functions, which takes over what becomes of them. What the terminal shows is standard output.
   */
  readonly typist?: Typist;
};

export type ExecResult = {
  /** 128 + n for signal n; 124 when the deadline ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly timedOut: boolean;
};

/** What a later shell takes over from an earlier one: its folder, and its exports as `export -p` prints them. */
export type ShellState = { readonly cwd: string; readonly environment: string };

/** What a run of a kept shell came to. */
export type ShellRunResult = ExecResult & {
  /** Whether it ended its shell by itself, without a failure: what comes after that in the script was not run. */
  readonly endedShell?: true;
  /** The command that ended it, as bash names it, and its line in the script, from 1; absent if nobody knows. */
  readonly failed?: { readonly line: number; readonly command: string };
  /** Where it stands now. */
  readonly cwd: string;
  /** The commands that it has left in the background; absent if there are none. */
  readonly left?: readonly string[];
  /** Those that were there before and go on: they print where it does. */
  readonly beside?: readonly string[];
};

/** A login shell that stays open, so that `cd`, variables and functions last from step to step as they do for a reader. */
export interface KeptShell {
  /**
   * Runs a script with `set -e -o pipefail`, standard input closed off (the script cannot be eaten).
   * A failing command ends the shell, unless it is `surviving`; the next run starts a new one with the folder, variables
   * and functions that were there before the failing run, as suits a script that is tried again. A script that ends the shell
   * by itself, as `exit` does, leaves none of them: the next run logs in again, as a reader has to.
   */
  run(script: string, options?: ShellRunOptions): Promise<ShellRunResult>;
  /** What a shell that follows it would take over now; nothing if a script has ended it by itself. */
  state(): ShellState | undefined;
  close(): Promise<void>;
}

export type FileOptions = {
  readonly mode?: number;
  /** User and group by their numbers, `0:0`; those of who writes if absent. */
  readonly owner?: string;
};

/** What a command reads; a stream for what is too large to hold. */
export type Stdin = string | Uint8Array | Readable;

export type ExecOptions = RunOptions & { readonly stdin?: Stdin };

/**
 * One SSH connection, bound to a context: its signal ends whatever is asked over it, and what has no limit of its own
 * gets one. A non-zero exit is a result; a connection that is dead, or whose machine does not answer, is an
 * InfrastructureError.
 */
export interface Connection extends AsyncDisposable {
  readonly machine: string;
  /** The same connection, bound to another context: for what is asked after an abort. */
  with(context: Context): Connection;
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** A new login shell; with the state of an earlier one, if one is given. */
  shell(state?: Partial<ShellState>): Promise<KeptShell>;
  /** Atomic: written beside the target, then renamed. Parent folders must exist. Default mode 0644. */
  writeFile(path: string, content: string | Uint8Array, options?: FileOptions): Promise<void>;
  readFile(path: string): Promise<Buffer>;
  /** A stream to host:port as the machine reaches it. */
  forward(host: string, port: number): Promise<Duplex>;
  close(): Promise<void>;
}
