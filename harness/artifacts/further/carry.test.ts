import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silent } from "../../progress.ts";
import { exportFrom } from "../upstream/export.ts";
import { importInto } from "../upstream/import.ts";
import { context, elsewhere, good, root, scratch, set, up, withImages } from "../upstream/sample.ts";
import { tarball } from "../upstream/testing.ts";
import { loadFurther } from "./files.ts";
import { entry, further, list, write } from "./sample.ts";
import { SetWithFurtherFiles } from "./set.ts";

const tar = (): string => join(scratch, "guide.tar");
/** The set and the list on a host without network. */
const carried = async (): Promise<SetWithFurtherFiles> =>
  new SetWithFurtherFiles(elsewhere(), await loadFurther(list()), join(scratch, "air-gapped"), {
    GUIDE_OFFLINE: "1",
  });

beforeEach(async () => {
  await withImages();
  await tarball(good, "cni.tgz", { bridge: "binary" });
  await write(await entry("cni.tgz"));
});

test("an export has the further files, and makes the guide's set complete elsewhere without network", async () => {
  const { files } = await (await further()).prepare(silent, context);
  const exported = await exportFrom(set(), tar(), silent, context, await further());
  expect(exported.files).toContain("cni.tgz");
  const asked = up.seen.length;
  const imported = await importInto(elsewhere(), tar(), silent, context, await carried());
  expect(imported).toMatchObject({ unrecognised: [], refused: [], missing: [] });
  expect((await (await carried()).prepare(silent, context)).files).toEqual(files);
  expect(up.seen).toHaveLength(asked);
});

test("an export without one of them is refused by its name and line", async () => {
  await set().prepare(silent, context);
  await expect(exportFrom(set(), tar(), silent, context, await further())).rejects.toMatchObject({
    verdict: "artifact",
    message: expect.stringMatching(/^The cache lacks cni\.tgz \(.*artifacts\.yaml:5\)/),
    details: { hint: expect.stringContaining("artifacts fetch --guide FILE") },
  });
});

test("an export never has two files of one name", async () => {
  await set().prepare(silent, context);
  await write((await entry("cni.tgz")).map((line) => line.replaceAll("cni.tgz", "tool")));
  await expect(exportFrom(set(), tar(), silent, context, await further())).rejects.toThrow(
    "has a file tool of its own",
  );
});

test("an import takes them by digest, and says which are missing", async () => {
  const from = join(scratch, "carried");
  await mkdir(from);
  const before = await importInto(set(), from, silent, context, await further());
  expect(before.missing).toContain("cni.tgz");
  await copyFile(join(good, "cni.tgz"), join(from, "saved by a browser"));
  const { taken, missing } = await importInto(set(), from, silent, context, await further());
  expect(taken).toEqual([{ name: "cni.tgz", from: "saved by a browser" }]);
  expect(missing).not.toContain("cni.tgz");
  expect((await importInto(set(), from, silent, context, await further())).present).toEqual(["cni.tgz"]);
  await rm(join(root, "artifacts/guide"), { recursive: true, force: true });
  expect((await (await further()).inspect()).find(({ name }) => name === "cni.tgz")?.cached).toBe(true);
});
