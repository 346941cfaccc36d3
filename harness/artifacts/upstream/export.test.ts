import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { silent } from "../../progress.ts";
import { hashOf, program } from "./testing.ts";
import { exportFrom } from "./export.ts";
import { importInto } from "./import.ts";

import { context, elsewhere, good, names, remains, scratch, set, up, withImages } from "./sample.ts";

describe("an export", () => {
  beforeEach(withImages);
  test("of an incomplete set is refused with what is missing", async () => {
    await expect(exportFrom(set(), join(scratch, "x.tar"), silent, context)).rejects.toThrow(
      "The set upstream is not complete: server.tar.gz, tool, unpinned.tar.gz missing",
    );
  });

  test("is equal for equal sets, and makes a set complete elsewhere without network", async () => {
    await set().prepare(silent, context);
    const [one, two] = [join(scratch, "one.tar"), join(scratch, "two.tar")];
    const { files } = await exportFrom(set(), one, silent, context);
    expect(files).toEqual(["images.tar", ...names]);
    await exportFrom(set(), two, silent, context);
    expect(hashOf("sha256", await readFile(two))).toBe(hashOf("sha256", await readFile(one)));
    const asked = up.seen.length;
    const { taken, unrecognised, missing } = await importInto(elsewhere(), one, silent, context);
    expect(taken).toHaveLength(4);
    expect([unrecognised, missing]).toEqual([[], []]);
    const prepared = await elsewhere().prepare(silent, context);
    expect(prepared.files).toEqual((await set().prepare(silent, context)).files);
    expect(up.seen).toHaveLength(asked);
    expect(await remains()).toEqual([]);
  });

  test("of a file that was damaged behind a stamp that still fits is refused, on the host that has the damage", async () => {
    const { folder } = await set().prepare(silent, context);
    await set().complete();
    // As where a disk loses a byte: size and times stay.
    const manifest = join(folder, "manifest.json");
    const text = (await readFile(manifest, "utf8")).replace(/("name": "tool",\s+"sha256": ").{4}/, "$10000");
    await writeFile(manifest, text);
    const { size, mtimeNs, ctimeNs, ino } = await stat(manifest, { bigint: true });
    const stamp = join(folder, ".verified.json");
    const [, ...others] = JSON.parse(await readFile(stamp, "utf8"));
    await writeFile(stamp, JSON.stringify([[size, mtimeNs, ctimeNs, ino].join(":"), ...others]));
    await expect(exportFrom(set(), join(scratch, "x.tar"), silent, context)).rejects.toMatchObject({
      verdict: "artifact",
      message: expect.stringMatching(
        /^tool in the cache is damaged\n {2}expected sha256:0000\w+\n {2}actual {3}sha256:/,
      ),
      details: { hint: expect.stringContaining("artifacts verify") },
    });
  });

  test("that was cut short, is no export, or was changed is refused", async () => {
    await set().prepare(silent, context);
    const path = join(scratch, "x.tar");
    await exportFrom(set(), path, silent, context);
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 3000));
    await expect(importInto(elsewhere(), path, silent, context)).rejects.toThrow(
      /x\.tar (is cut short|lacks \S+).*not a complete export/,
    );
    await writeFile(path, "<html>");
    await expect(importInto(elsewhere(), path, silent, context)).rejects.toThrow(/x\.tar cannot be unpacked/);
    await expect(importInto(elsewhere(), join(good, "server.tar.gz"), silent, context)).rejects.toThrow(
      "holds no manifest.json",
    );
    const changed = Buffer.from(whole);
    const at = changed.indexOf(program("tool"));
    changed.write("x", at + 5);
    await writeFile(path, changed);
    const failure = importInto(elsewhere(), path, silent, context);
    await expect(failure).rejects.toThrow(
      /x\.tar: tool is not what was exported\n {2}expected sha256:\w{64}\n {2}actual/,
    );
    expect((await elsewhere().complete()).missing).toContain("tool");
  });

  test("to a folder that does not exist is refused", async () => {
    await set().prepare(silent, context);
    await expect(exportFrom(set(), join(scratch, "none/x.tar"), silent, context)).rejects.toThrow(
      /cannot be written \(ENOENT\)/,
    );
  });
});
