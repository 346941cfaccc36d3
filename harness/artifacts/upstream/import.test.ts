import { chmod, copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ArtifactError, UsageError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import { testContext, listening } from "../../testing.ts";
import { importInto } from "./import.ts";

import { context, good, missingNow, notes, remains, root, scratch, set } from "./sample.ts";

describe("importing", () => {
  test("takes files by digest whatever their names, by name where no digest is known, and says the rest", async () => {
    const from = join(scratch, "carried");
    await mkdir(join(from, "folder"), { recursive: true });
    await copyFile(join(good, "server.tar.gz"), join(from, "renamed.bin"));
    await copyFile(join(good, "unpinned.tar.gz"), join(from, "unpinned.tar.gz"));
    await chmod(join(from, "unpinned.tar.gz"), 0o755);
    await writeFile(join(from, "README"), "notes");
    const imported = await importInto(set(), from, listening(notes), context);
    expect(imported).toEqual({
      taken: [
        { name: "server.tar.gz", from: "renamed.bin" },
        { name: "unpinned.tar.gz", from: "unpinned.tar.gz" },
      ],
      present: [],
      unrecognised: ["README"],
      refused: [],
      missing: ["tool", "images.tar"],
    });
    expect(notes).toContainEqual(expect.stringContaining("folder/ is a folder"));
    expect((await importInto(set(), from, silent, context)).present).toEqual([
      "server.tar.gz",
      "unpinned.tar.gz",
    ]);
    const { entries = [] } = await set().inUse();
    const spec = entries.find(({ kind }) => kind === "unpinned.tar.gz");
    const { mode } = await stat(
      join(root, "artifacts/guide/unpinned.tar.gz", spec?.key ?? "", "unpinned.tar.gz"),
    );
    expect(mode & 0o777).toBe(0o644);
    // What was carried over is left where it was.
    expect(await readdir(from)).toHaveLength(4);
  });

  test("refuses what bears an input's name and is not that input, and takes the others", async () => {
    const from = join(scratch, "carried");
    await mkdir(from);
    await writeFile(join(from, "tool"), "<html>Sign in</html>");
    await writeFile(join(from, "unpinned.tar.gz"), "");
    await copyFile(join(good, "server.tar.gz"), join(from, "server.tar.gz"));
    const { taken, refused, missing } = await importInto(set(), from, silent, context);
    expect(taken).toHaveLength(1);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^tool from .*carried\/tool is an HTML page[^]*expected sha256:\w{64}[^]*actual {3}sha256:\w{64}/,
      ),
      expect.stringMatching(/^unpinned.tar.gz from .* is empty[^]*expected no digest is known/),
    ]);
    expect(missing).toEqual(["tool", "unpinned.tar.gz", "images.tar"]);
    expect(await remains()).toEqual([]);
  });

  test("refuses a folder that does not exist", async () => {
    await expect(importInto(set(), "/no/such/folder", silent, context)).rejects.toThrow(UsageError);
  });

  test("that is interrupted ends with the signal's reason", async () => {
    const signal = AbortSignal.abort(new ArtifactError("stopped by a test"));
    await expect(importInto(set(), good, silent, testContext({ signal }))).rejects.toThrow(
      "stopped by a test",
    );
    expect(await missingNow()).toHaveLength(4);
  });
});
