import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silent } from "../../../progress.ts";
import { listening } from "../../../testing.ts";
import { context, notes, root, set, withImages } from "../sample.ts";

const record = (): string => join(root, "artifacts/guide/recorded.json");
const why = (): string => `no digest of it is known, for ${record()} does not name it`;

beforeEach(async () => {
  await withImages();
  await set().prepare(silent, context);
  const { "images.tar": images } = JSON.parse(await readFile(record(), "utf8"));
  await writeFile(record(), JSON.stringify({ "images.tar": images }));
});

test("a copy whose recorded digest is gone is not taken for one that was never there", async () => {
  const damages = (await set().inspect()).flatMap(({ name, damage }) => (damage ? [[name, damage]] : []));
  expect(damages).toEqual([["unpinned.tar.gz", why()]]);
});

test("it is fetched again, and said why", async () => {
  await expect(set({ GUIDE_OFFLINE: "1" }).prepare(listening(notes), context)).rejects.toThrow(
    "The cache lacks unpinned.tar.gz",
  );
  expect(notes).toContain(`unpinned.tar.gz: the cached copy is damaged (${why()})`);
  await set().prepare(silent, context);
  expect((await set().complete()).complete).toBe(true);
});
