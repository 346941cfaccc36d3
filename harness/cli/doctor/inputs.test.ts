import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { checkCache } from "./inputs.ts";

test("a cache that is there, or can be made, is in order; one below a file is not", async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, "there"));
  await writeFile(join(folder, "file"), "");
  expect((await checkCache(join(folder, "there"))).remedy).toBeUndefined();
  expect((await checkCache(join(folder, "not/yet"))).remedy).toBeUndefined();
  expect(await checkCache(join(folder, "file/cache"))).toMatchObject({
    found: expect.stringContaining("is no folder"),
    fatal: true,
    // As of a lock there, which a run takes first.
    verdict: "usage",
  });
});
