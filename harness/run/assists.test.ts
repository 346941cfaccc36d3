import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { addTo } from "./assists.ts";

test.each([
  ["a key\n", "a key\nadded\n"],
  ["a key", "a key\nadded\n"],
  ["", "added\n"],
  [undefined, "added\n"],
])("a line is added after %j and not run into the last one", async (before, after) => {
  const folder = await mkdtemp(join(tmpdir(), "assists-test-"));
  const file = join(folder, "authorized_keys");
  if (before !== undefined) await writeFile(file, before);
  await execa("sh", ["-c", addTo(file)], { input: "added\n" });
  expect(await readFile(file, "utf8")).toBe(after);
  await rm(folder, { recursive: true });
});
