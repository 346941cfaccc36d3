import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { profile } from "../../../profile/testing.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { collectJournals } from "./collect.ts";
import { InfrastructureError } from "../../../errors.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import { temporaryFolder } from "../../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

/** A machine that answers with what `say` makes of the mark before each unit's name. */
const machine = (
  name: string,
  say: (mark: string) => string,
  asked: string[] = [],
  timedOut = false,
): Connection =>
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what collecting asks of a connection
  ({
    machine: name,
    exec: async (command: string) => {
      asked.push(command);
      return {
        exitCode: 0,
        timedOut,
        durationMs: 60_000,
        stdout: say(/echo "(.*)\$unit"/.exec(command)?.[1] ?? ""),
      };
    },
  }) as unknown as Connection;

const note = (): void => undefined;

const threeUnits = (mark: string): string =>
  `${mark}etcd\n1 started\n2 -- kubelet\n${mark}kubelet\n${mark}docker\ntoken s3cret-s3cret\n`;

test("a unit's journal is a file of its own, redacted; one that says nothing has none", async () => {
  const asked: string[] = [];
  processRedactor.learn(["s3cret-s3cret"]);
  expect(await collectJournals([machine("t71", threeUnits, asked)], profile.units, folder, note)).toEqual([]);
  const at = join(folder, "machines/t71");
  expect((await readdir(at)).toSorted()).toEqual(["docker.log", "etcd.log"]);
  expect(await readFile(join(at, "etcd.log"), "utf8")).toBe("1 started\n2 -- kubelet\n");
  expect(await readFile(join(at, "docker.log"), "utf8")).not.toContain("s3cret");
  expect(asked.join()).not.toContain("--since");
});

test("of machines that were there before, only the run's own time counts", async () => {
  const asked: string[] = [];
  await collectJournals([machine("t71", () => "", asked)], profile.units, folder, note, 12_200);
  expect(asked.join()).toContain("--since=-28s");
});

test("a machine that does not answer is told, and hides no other's", async () => {
  const dead = machine("t72", () => {
    throw new InfrastructureError("t72: the connection is lost");
  });
  const alive = machine("t76", (mark) => `${mark}kubelet\nstarted\n`);
  expect(await collectJournals([dead, alive], profile.units, folder, note)).toMatchObject([
    { message: "t72: the connection is lost" },
  ]);
  expect(await readdir(join(folder, "machines/t76"))).toEqual(["kubelet.log"]);
});

test("what journald suppressed, and what a boot may have lost, stands before a unit's journal", async () => {
  const notes: string[] = [];
  const lossy = machine("t76", (mark) =>
    [
      `${mark}kubelet\n`,
      "started\n",
      `${mark}docker\nstarted\n${mark}\n`,
      "suppressed 1200 /system.slice/kubelet.service\n",
      "suppressed 34 kubelet.service\n",
      "volatile Nov 28 20:00:01\n",
    ].join(""),
  );
  await collectJournals([lossy], profile.units, folder, (message) => void notes.push(message));
  const begins = "-- the journal is kept in memory alone: it begins Nov 28 20:00:01, at the last boot\n";
  expect(await readFile(join(folder, "machines/t76/kubelet.log"), "utf8")).toBe(
    `-- journald suppressed 1234 messages of kubelet\n${begins}started\n`,
  );
  expect(await readFile(join(folder, "machines/t76/docker.log"), "utf8")).toBe(`${begins}started\n`);
  expect(notes).toEqual([
    "t76: journald suppressed 1234 messages of kubelet; its journal does not have them",
  ]);
});

test("journals for which there was no time are told as cut, in the file and by a note", async () => {
  const notes: string[] = [];
  const slow = machine(
    "t72",
    (mark) => `${mark}docker\nstarted\n${mark}kubelet\nfirst\nsecond, but n`,
    [],
    true,
  );
  const collected = collectJournals([slow], profile.units, folder, (message) => void notes.push(message));
  expect(await collected).toEqual([]);
  const reason = "reading took longer than 60 s; the machine has the rest";
  expect(await readFile(join(folder, "machines/t72/docker.log"), "utf8")).toBe("started\n");
  expect(await readFile(join(folder, "machines/t72/kubelet.log"), "utf8")).toBe(
    `-- the journal is cut: ${reason}\nfirst\nsecond, but n`,
  );
  expect(notes).toEqual([`t72: the journals end in that of kubelet: ${reason}`]);
});

test("a machine that said nothing in its time is told, too", async () => {
  const notes: string[] = [];
  const silent = machine("t72", () => "", [], true);
  await collectJournals([silent], profile.units, folder, (message) => void notes.push(message));
  expect(notes).toEqual([
    "t72: the journals end in that of no unit: reading took longer than 60 s; the machine has the rest",
  ]);
});
