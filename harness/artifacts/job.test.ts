import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ArtifactError, Interrupted } from "../errors.ts";
import { BuildLog, runJob } from "./job.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;
let log: BuildLog;
beforeEach(async () => {
  folder = temporaryFolder();
  log = await BuildLog.create(join(folder, "logs", "tool.log"));
});

const shell = (script: string): { title: string; command: [string, ...string[]] } => ({
  title: "try it",
  command: ["sh", "-c", script],
});

describe("a build command", () => {
  test("logs both streams", async () => {
    await runJob(shell("echo out; echo err >&2"), log);
    expect(await readFile(log.path, "utf8")).toMatch(/^\$ sh -c .*\nout\nerr\n$/);
  });

  test("that fails gives the last lines, the exit code and the log's path", async () => {
    const error = await runJob(shell("seq 100; exit 7"), log).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ArtifactError);
    expect(error).toMatchObject({ message: "Could not try it", details: { exitCode: 7 } });
    const { outputTail, hint } = error instanceof ArtifactError ? error.details : {};
    expect(outputTail?.split("\n")).toEqual(Array.from({ length: 25 }, (_, index) => String(index + 76)));
    expect(hint).toContain(log.path);
  });

  test("that does not exist is an ArtifactError", async () => {
    await expect(runJob({ title: "try it", command: ["/no/such/command"] }, log)).rejects.toBeInstanceOf(
      ArtifactError,
    );
  });

  test("sees only the environment it is given when asked so", async () => {
    vi.stubEnv("LEAKING", "yes");
    const env = { PATH: "/usr/bin:/bin" };
    await runJob({ ...shell('echo "[$LEAKING]"'), env, onlyEnv: true }, log);
    vi.unstubAllEnvs();
    expect(log.last).toBe("[]");
  });
});

describe("an abort", () => {
  test("ends the command and its children at once", async () => {
    const controller = new AbortController();
    const running = runJob(shell('sleep 1000 & echo "child $!"; wait'), log, controller.signal);
    await vi.waitFor(() => expect(log.last).toMatch(/^child \d+$/));
    const child = Number(log.last.split(" ")[1]);
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(Interrupted);
    await vi.waitFor(async () => {
      const status = await readFile(`/proc/${child}/status`, "utf8").catch(() => "State:\tgone");
      expect(status).toMatch(/State:\t(Z|gone)/);
    });
  });

  test("passes its own reason on", async () => {
    const reason = new Interrupted("Interrupted by SIGTERM");
    await expect(runJob(shell("true"), log, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
