import { mkdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { filesOf, onEverySave } from "./debounced-watch.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
let guide: string;
let ending: AbortController;
/** What was told of saves, each at once. */
let saved: (string | undefined)[];
let watching: Promise<unknown>;
/** For each time that the work was begun: what the guide was, its signal, and what ends it. */
let begun: { readonly text: string; readonly signal: AbortSignal; readonly end: () => void }[];

beforeEach(async () => {
  folder = temporaryFolder();
  guide = join(folder, "guide.md");
  await writeFile(guide, "one");
  begun = [];
  ending = new AbortController();
  watching = onEverySave(
    filesOf(guide, [join(folder, "edits.yaml")]),
    ending.signal,
    async (signal) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      begun.push({ text: await readFile(guide, "utf8"), signal, end: resolve });
      signal.addEventListener("abort", () => resolve());
      await promise;
    },
    (file) => void saved.push(file),
  );
  saved = [];
  await seen("one");
});
afterEach(async () => {
  ending.abort(new Error("over"));
  const reason = await watching.catch((error: unknown) => error);
  if (!(reason instanceof Error && reason.message === "over")) throw new Error("not over", { cause: reason });
});

/** Waits until the work was begun with these texts of the guide, no more and no less. */
const seen = (...texts: string[]): Promise<void> =>
  vi.waitFor(
    () => {
      expect(begun.map(({ text }) => text)).toEqual(texts);
    },
    { timeout: 120_000 },
  );

test("the work is begun at once, and anew when a file is saved after its end", async () => {
  begun[0]?.end();
  await writeFile(guide, "two");
  await expect(seen("one", "two")).resolves.toBeUndefined();
  expect(saved).toEqual([guide]);
});

test("a save ends the work that goes on, also one by renaming, and one of a new file", async () => {
  await writeFile(join(folder, "new"), "two");
  await rename(join(folder, "new"), guide);
  await seen("one", "two");
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(saved).toEqual([guide]);
  await writeFile(join(folder, "edits.yaml"), "one");
  await seen("one", "two", "two");
});

test.each(["profile.yaml", "artifacts.yaml", "errata/new.yaml", "ports/new.yaml"])(
  "a save of %s begins it anew, for a try reads that beside the guide",
  async (name) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "one");
    await expect(seen("one", "one")).resolves.toBeUndefined();
  },
);

test("a save that changes nothing ends nothing", async () => {
  await utimes(guide, new Date(), new Date());
  await writeFile(guide, "one");
  await utimes(guide, new Date(), new Date());
  await writeFile(guide, "two");
  await expect(seen("one", "two")).resolves.toBeUndefined();
});
