import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { listening, temporaryFolder } from "../../../testing.ts";
import { silent } from "../../../progress.ts";
import { collectGarbage } from "../../index.ts";
import { built, component, context, root, set } from "./sample.ts";
import { BuildEnvironment } from "./environment.ts";

const file = (): string => join(root, "artifacts/built/inputs.json");
const harms: readonly (readonly [string, string, () => Promise<void>])[] = [
  ["gone", "it is gone", () => rm(file())],
  ["empty", "it is empty", () => writeFile(file(), "")],
  ["of another form", "sources: ", () => writeFile(file(), '{"refreshed":1}')],
];

describe.each(harms)("a full cache whose inputs.json is %s", (_harm, reason, damage) => {
  let whole: string;
  const message = (): string => `${file()} cannot be read; what was built is found by it: ${reason}`;
  beforeEach(async () => {
    await set().prepare(silent, context);
    whole = await readFile(file(), "utf8");
    await damage();
  });

  test("is listed as damaged, with the file", async () => {
    const damages = (await set().inspect()).map((part) => part.damage);
    // The optional part was not built.
    expect(damages).toEqual([
      expect.stringContaining(message()),
      expect.stringContaining(message()),
      undefined,
    ]);
    expect((await set().complete()).missing).toEqual(["tool", "long"]);
  });

  test("is not verified as whole", async () => {
    expect(await set().verify()).toEqual([
      { name: "inputs.json", folder: file(), damage: expect.stringContaining(reason) },
    ]);
    await writeFile(file(), whole);
    expect((await set().verify()).map((checked) => checked.damage)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("keeps all that it has, and `gc` says why, once", async () => {
    // The guide's own files with images that were built here.
    await mkdir(join(root, "artifacts/guide/set", "0".repeat(24)), { recursive: true });
    const { garbage, problems } = await collectGarbage(silent, context, { dryRun: false }, root);
    expect(garbage).toEqual([]);
    expect(problems).toMatchObject([
      {
        verdict: "artifact",
        message: expect.stringContaining(message()),
        details: { location: { file: file(), line: 1 }, hint: expect.stringContaining("With a network") },
      },
    ]);
  });

  test("cannot be used offline, and the error names the file and what to do", async () => {
    vi.stubEnv("GUIDE_OFFLINE", "1");
    const lost = {
      verdict: "artifact",
      message: expect.stringContaining(message()),
      details: {
        location: { file: file(), line: 1 },
        hint: expect.stringContaining("from the host that filled the cache"),
      },
    };
    await expect(set().prepare(silent, context)).rejects.toMatchObject(lost);
    await expect(new BuildEnvironment(root).make(component("tool"), silent, context)).rejects.toMatchObject(
      lost,
    );
    expect(built).toEqual(["tool", "long"]);
  });
});

test("an empty cache has lost nothing", async () => {
  expect(await new BuildEnvironment(temporaryFolder()).lost()).toBeUndefined();
});

test("a file that is gone is told before Debian is asked, and where Debian does not answer", async () => {
  await set().prepare(silent, context);
  await rm(file());
  vi.stubEnv("GUIDE_DEBIAN_MIRROR", "file:///no/such/mirror");
  const notes: string[] = [];
  await expect(set().prepare(listening(notes), context)).rejects.toMatchObject({
    message: "Could not read Debian's package lists",
    details: { hint: expect.stringContaining(`${file()} cannot be read`) },
  });
  expect(notes[0]).toContain(`${file()} cannot be read`);
});
