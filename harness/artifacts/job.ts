import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { ArtifactError, HarnessError, Interrupted } from "../errors.ts";
import { owned } from "../host/processes/owned.ts";
import { signal as send } from "../host/processes/processes.ts";

const tailLines = 25;

/** The full output of a build, in a file, with its end at hand. */
export class BuildLog {
  readonly path: string;
  readonly #tail: string[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async create(path: string): Promise<BuildLog> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "");
    return new BuildLog(path);
  }

  async add(line: string): Promise<void> {
    this.#tail.push(line);
    if (this.#tail.length > tailLines) this.#tail.shift();
    await appendFile(this.path, `${line}\n`);
  }

  /** Last lines, oldest first. */
  get tail(): string {
    return this.#tail.join("\n");
  }

  /** The last line, or what to say before there is one. */
  get last(): string {
    return this.#tail.at(-1)?.trim() || "starting";
  }
}

/** A command of a build. */
export type Job = {
  /** What it does, for the error message: "compile flanneld". */
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the process's environment, or with `onlyEnv` instead of it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onlyEnv?: boolean;
};

/**
 * Runs a build command to its end, its output going to the log.
 * It gets a process group of its own, so that an abort or our exit ends its children too,
 * and dies with us even if we are killed.
 * Throws ArtifactError with the last lines and the log's path, or the signal's reason.
 */
export async function runJob(job: Job, log: BuildLog, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await log.add(`$ ${job.command.join(" ")}`);
  const subprocess = execa(...owned("KILL", job.command), {
    ...(job.cwd !== undefined && { cwd: job.cwd }),
    env: { LC_ALL: "C", ...job.env },
    extendEnv: job.onlyEnv !== true,
    stdin: "ignore",
    all: true,
    buffer: false,
    reject: false,
    detached: true,
  });
  const { pid } = subprocess;
  const end = (): void => void (pid !== undefined && send(-pid, "SIGKILL"));
  signal?.addEventListener("abort", end);
  process.once("exit", end);
  try {
    for await (const line of subprocess.iterable({ from: "all" })) await log.add(line);
    const result = await subprocess;
    if (signal?.aborted) throw reasonOf(signal);
    if (!result.failed) return;
    throw new ArtifactError(`Could not ${job.title}`, {
      command: job.command.join(" "),
      ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
      outputTail: log.tail,
      hint: `The whole log is in ${log.path}.`,
      ...(result.exitCode === undefined && { cause: result.cause ?? result }),
    });
  } finally {
    process.off("exit", end);
    signal?.removeEventListener("abort", end);
  }
}

const reasonOf = (signal: AbortSignal): HarnessError =>
  signal.reason instanceof HarnessError
    ? signal.reason
    : new Interrupted("The build was interrupted", { hint: "The next call goes on where it stopped." });
