import { appendFile, readFile, stat } from "node:fs/promises";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Lines, parseLines } from "../../host/persisted.ts";
import { entrySchema, type LedgerEntry, processOf, readLedger, record } from "./cluster.ts";
import { clusterNames } from "../names.ts";
import { temporaryFolder } from "../../testing.ts";

const cgroup = (name: string): LedgerEntry => ({ kind: "cgroup", name });
const started = (pid: number): LedgerEntry => ({ kind: "process", of: "t71", pid, start: pid, boot: "b" });
const textOf = (entries: readonly LedgerEntry[]): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

const parseLedger = (text: string, file: string): Lines<LedgerEntry> => parseLines(text, file, entrySchema);

const anyEntry: fc.Arbitrary<LedgerEntry> = fc.oneof(
  fc.record({ kind: fc.constant("cgroup" as const), name: fc.string() }),
  fc.record({ kind: fc.constant("directory" as const), path: fc.string() }),
  fc.record({ kind: fc.constant("subvolume" as const), image: fc.string(), name: fc.string() }),
);

describe("reading a ledger", () => {
  it("gives what was written", () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        expect(parseLedger(textOf(entries), "ledger")).toEqual({ items: entries, damaged: [] });
      }),
    );
  });

  it("loses at most the last entry, wherever the writing was cut off", () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { minLength: 1 }), fc.nat(), (entries, cut) => {
        const text = textOf(entries);
        const length = cut % text.length;
        const whole = text.slice(0, length).split("\n").length - 1;
        const read = parseLedger(text.slice(0, length), "ledger");
        expect(read).toEqual({ items: entries.slice(0, whole), damaged: [] });
      }),
    );
  });

  it.each(["nonsense", "{}", '{"kind":"cgroup"}', '{"kind":"volcano","name":"x"}'])(
    "names file and line of %s in the middle, and the rest counts",
    (line) => {
      const text = `${textOf([cgroup("a")])}${line}\n${textOf([cgroup("b")])}`;
      expect(parseLedger(text, "/state/ledger.jsonl")).toEqual({
        items: [cgroup("a"), cgroup("b")],
        damaged: [{ file: "/state/ledger.jsonl", line: 2, reason: expect.any(String) }],
      });
    },
  );

  it("knows the last process of a machine", () => {
    expect(processOf([started(1), cgroup("a"), started(2)], "t71")).toMatchObject({ pid: 2 });
    expect(processOf([started(1)], "t72")).toBeUndefined();
  });
});

describe("writing a ledger", () => {
  let state: string;
  beforeEach(() => {
    state = temporaryFolder();
    vi.stubEnv("XDG_STATE_HOME", state);
  });
  afterEach(() => void vi.unstubAllEnvs());

  it("appends", async () => {
    await record("main", [cgroup("a"), cgroup("b")]);
    await record("main", [started(7)]);
    expect((await readLedger("main")).items).toEqual([cgroup("a"), cgroup("b"), started(7)]);
  });

  it("is for no other user to read", async () => {
    await record("main", [cgroup("a")]);
    const { mode } = await stat(clusterNames("main").ledger);
    expect(mode & 0o077).toBe(0);
  });

  it("goes on after a line that a killed process did not finish", async () => {
    await record("main", [cgroup("a")]);
    await appendFile(clusterNames("main").ledger, '{"kind":"cgr');
    await record("main", [cgroup("b")]);
    expect((await readLedger("main")).items).toEqual([cgroup("a"), cgroup("b")]);
    expect(await readFile(clusterNames("main").ledger, "utf8")).not.toContain('{"kind":"cgr\n');
  });

  it("is empty for a cluster that is not there", async () => {
    expect(await readLedger("other")).toEqual({ items: [], damaged: [] });
  });
});
