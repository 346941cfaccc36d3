import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { type Progress, silent } from "../progress.ts";
import { defaultSettings } from "../settings/settings.ts";
import { temporaryFolder } from "../testing.ts";
import { unknownCommit } from "./commit.ts";
import { exitCodeOf, type Kind, type RoundCases } from "./kind.ts";
import { playRound, runRound, type RoundOptions } from "./round.ts";
import { type SampleCase, sampleKind, sampleOptions, type SampleResult, trySamples } from "./sample.ts";

/** What is tried, if not this project as it is. */
let commit: string | undefined;
/** What its files are at a time. */
let files = "as they were";
vi.mock(import("./commit.ts"), async (original) => {
  const { triedCommit, ...others } = await original();
  return {
    ...others,
    triedCommit: async () => commit ?? (await triedCommit()),
    triedFiles: async () => files,
  };
});

let reports: string;
let said: string[];
beforeEach(() => {
  commit = undefined;
  files = "as they were";
  reports = temporaryFolder();
  said = [];
});

const options = (changes: Partial<RoundOptions> = {}): RoundOptions =>
  sampleOptions(reports, { progress: { ...silent, note: (line) => void said.push(line) }, ...changes });

test("every case has a result in the order of the cases, not in that of their ends, and the gravest is the exit code", async () => {
  const samples = trySamples(["a", "b", "c"], { a: "killed", b: "survived", c: "killed" });
  const othersDone = Promise.withResolvers<void>();
  const trying: typeof samples = {
    ...samples,
    async *attempt(batch, place) {
      if (batch[0]?.id === "a") await othersDone.promise;
      yield* samples.attempt(batch, place);
    },
  };
  const note = (line: string): void => {
    if (said.push(line) === 2) othersDone.resolve();
  };
  const round = await runRound(sampleKind, trying, options({ progress: { ...silent, note } }));
  expect(round.results.map(({ id, outcome }) => [id, outcome])).toEqual([
    ["a", "killed"],
    ["b", "survived"],
    ["c", "killed"],
  ]);
  expect(exitCodeOf(sampleKind, round)).toBe(1);
  expect(said).toEqual([
    expect.stringMatching(/^\[1 of 3\] .*survived\S* +b /),
    expect.stringMatching(/^\[2 of 3\] .*killed\S* +c /),
    expect.stringMatching(/^\[3 of 3\] .*killed\S* +a /),
  ]);
});

test("a case that broke off is not judged, the others of its round are, and the next one tries it again", async () => {
  const round = await runRound(sampleKind, trySamples(["a", "b"], { b: "killed" }), options());
  expect(round.results.map(({ outcome }) => outcome)).toEqual(["not judged", "killed"]);
  expect(exitCodeOf(sampleKind, round)).toBe(4);
  const tried: string[] = [];
  const again = trySamples(["a", "b"], { a: "killed", b: "killed" }, (id) => tried.push(id));
  const { results } = await runRound(sampleKind, again, options({ keepResults: true }));
  expect(tried).toEqual(["a"]);
  expect(results.map(({ outcome }) => outcome)).toEqual(["killed", "killed"]);
});

test("what could not be judged is tried once more in the end, one at a time", async () => {
  const ids = ["a", "b", "c", "d"];
  const tried: string[] = [];
  let [busy, most] = [0, 0];
  const trying: RoundCases<SampleCase, SampleResult> = {
    ...trySamples(ids, {}),
    batches: () => [[{ id: "a" }, { id: "b" }], [{ id: "c" }], [{ id: "d" }]],
    async *attempt(batch) {
      for (const { id } of batch) {
        const isLast = tried.length >= ids.length;
        tried.push(id);
        busy += 1;
        if (isLast) most = Math.max(most, busy);
        await setImmediate();
        busy -= 1;
        if (id === "c" && !isLast) throw new Error("the host was starved");
        yield { id, outcome: id === "d" || (isLast && id !== "b") ? "killed" : "not judged" };
      }
    },
  };
  const { results } = await runRound(sampleKind, trying, options());
  expect(results.map(({ outcome }) => outcome)).toEqual(["killed", "not judged", "killed", "killed"]);
  expect(tried.slice(ids.length)).toEqual(["a", "b", "c"]);
  expect(most).toBe(1);
  expect(said.filter((line) => line.includes("to be tried again"))).toHaveLength(3);
});

test("where nothing could be judged, nothing is tried again", async () => {
  const tried: string[] = [];
  const trying = trySamples(["a", "b"], { a: "not judged" }, (id) => void tried.push(id));
  const { results } = await runRound(sampleKind, trying, options());
  expect(results.map(({ outcome }) => outcome)).toEqual(["not judged", "not judged"]);
  expect(tried.toSorted()).toEqual(["a", "b"]);
});

test("a case that is red, and whose exit code says nothing of it, is a defect of the harness", async () => {
  const round = await runRound(sampleKind, trySamples(["a"], { a: "survived" }), options());
  const mute: Kind<SampleResult> = {
    ...sampleKind,
    read: (result) => ({ ...sampleKind.read(result), exitCode: 0 }),
  };
  expect(exitCodeOf(mute, round)).toBe(5);
});

test("a round that was interrupted goes on with what is left, prepared once more; one that is done prepares nothing", async () => {
  const interruption = new AbortController();
  const tried: string[] = [];
  const prepared: string[] = [];
  const trying = (outcomes: Parameters<typeof trySamples>[1]) => ({
    ...trySamples(["a", "b", "c"], outcomes, (id) => {
      tried.push(id);
      if (id === "b" && !outcomes["b"]) interruption.abort(new Error("interrupted"));
    }),
    prepare: () => Promise.resolve(void prepared.push("prepared")),
  });
  const broken = runRound(
    sampleKind,
    trying({ a: "killed" }),
    options({ jobs: 1, signal: interruption.signal }),
  );
  await expect(broken).rejects.toThrow("interrupted");
  const all = trying({ a: "killed", b: "killed", c: "killed" });
  await runRound(sampleKind, all, options({ keepResults: true }));
  await runRound(sampleKind, all, options({ keepResults: true }));
  expect(tried).toEqual(["a", "b", "b", "c"]);
  expect(prepared).toHaveLength(2);
});

test.each([
  ["other settings", { settings: { ...defaultSettings, artifacts: "upstream" } }, "same"],
  ["other machines", { settings: { ...defaultSettings, nodes: 3 } }, "same"],
  ["another basis", {}, "other"],
])("results of %s do not hold", async (_, changes, basis) => {
  const tried: string[] = [];
  const trying = trySamples(["a"], { a: "killed" }, (id) => tried.push(id));
  await runRound(sampleKind, { ...trying, basis: () => "same" }, options());
  await runRound(sampleKind, { ...trying, basis: () => basis }, options({ keepResults: true, ...changes }));
  expect(tried).toEqual(["a", "a"]);
});

test("results of a tree that nobody can tell from another do not hold", async () => {
  commit = unknownCommit;
  const tried: string[] = [];
  const trying = trySamples(["a"], { a: "killed" }, (id) => tried.push(id));
  await runRound(sampleKind, trying, options());
  await runRound(sampleKind, trying, options({ keepResults: true }));
  expect(tried).toEqual(["a", "a"]);
});

test("a round says at any time how far it is, by how long cases took in the one before", async () => {
  const seen: string[] = [];
  const progress: Progress = {
    ...silent,
    async watch(far, work) {
      seen.push(far());
      const result = await work();
      seen.push(far());
      return result;
    },
  };
  const outcomes = { a: "killed", b: "killed" } as const;
  await runRound(sampleKind, trySamples(["a", "b"], outcomes), options({ progress }));
  await runRound(sampleKind, trySamples(["a", "b"], outcomes), options({ progress }));
  expect(seen).toEqual([
    "0 of 2, 0 %, about 60 s left",
    "2 of 2, 100 %",
    "0 of 2, 0 %, about 5 s left",
    "2 of 2, 100 %",
  ]);
});

test("a shard tries its own cases, every so many-th", async () => {
  const outcomes = { a: "killed", b: "killed", c: "killed" } as const;
  const shard = { index: 2, of: 2 };
  const { results, about } = await runRound(
    sampleKind,
    trySamples(["a", "b", "c"], outcomes),
    options({ shard }),
  );
  expect(results.map(({ id }) => id)).toEqual(["b"]);
  expect(about.shard).toEqual(shard);
  const none = await runRound(sampleKind, trySamples(["a"], outcomes), options({ shard }));
  expect(none.results).toEqual([]);
});

test("each lane has a cluster of its own", async () => {
  const clusters = new Set<string>();
  const trying = trySamples(["a", "b", "c"], { a: "killed", b: "killed", c: "killed" });
  const attempt: typeof trying.attempt = (batch, place) => {
    clusters.add(place.settings.cluster);
    return trying.attempt(batch, place);
  };
  await runRound(sampleKind, { ...trying, attempt }, options());
  expect(clusters).toEqual(new Set(["main-0", "main-1"]));
});

test("a result of files that changed meanwhile is nobody's: the round ends, and goes on where they were the same", async () => {
  const edited = trySamples(["a", "b", "c"], { a: "killed", b: "killed", c: "killed" }, (id) => {
    if (id === "b") files = "edited";
  });
  const ended = runRound(sampleKind, edited, options({ jobs: 1 }));
  await expect(ended).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining("changed while the round was under way"),
  });
  files = "as they were";
  const tried: string[] = [];
  const whole = trySamples(
    ["a", "b", "c"],
    { a: "killed", b: "survived", c: "killed" },
    (id) => void tried.push(id),
  );
  const round = await runRound(sampleKind, whole, options({ jobs: 1, keepResults: true }));
  expect(tried).toEqual(["b", "c"]);
  expect(round.results.map(({ outcome }) => outcome)).toEqual(["killed", "survived", "killed"]);
});

test("who begins a second round of a kind is told which process is at the first", async () => {
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const samples = trySamples(["a"], { a: "survived" });
  const first = playRound(
    sampleKind,
    {
      ...samples,
      async *attempt(batch, place) {
        began.resolve();
        await end.promise;
        yield* samples.attempt(batch, place);
      },
    },
    options(),
  );
  await began.promise;
  const second = trySamples(["a"], { a: "killed" });
  await expect(playRound(sampleKind, second, options())).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringMatching(
      `^Another round of sample is under way: process ${process.pid} on .* since `,
    ),
  });
  await playRound({ ...sampleKind, name: "other" }, second, options());
  end.resolve();
  expect((await first).round.results).toEqual([{ id: "a", outcome: "survived" }]);
  expect((await playRound(sampleKind, second, options())).round.results).toEqual([
    { id: "a", outcome: "killed" },
  ]);
});

test("a round whose record became another's does not end with that one's results", async () => {
  const samples = trySamples(["a", "b"], { a: "survived", b: "survived" });
  const trying: typeof samples = {
    ...samples,
    async *attempt(batch, place) {
      yield* samples.attempt(batch, place);
      if (batch[0]?.id === "a") await runRound(sampleKind, trySamples(["x"], { x: "killed" }), options());
    },
  };
  await expect(runRound(sampleKind, trying, options({ jobs: 1 }))).rejects.toMatchObject({
    verdict: "harness",
    message: expect.stringContaining("sample.jsonl became another round's"),
  });
});
