import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { debianMirror } from "../../../host/packages/debian-mirror.ts";
import { silent } from "../../../progress.ts";
import { listening } from "../../../testing.ts";
import { type Input, lockedFiles } from "../inputs.ts";
import { sourcesOf } from "./archive.ts";
import { built, component, context, root, set } from "./sample.ts";

const file = (): string => join(root, "artifacts/built/inputs.json");
type Known = { refreshed: number; inputs: Input[] };

/** Changes what was seen a moment ago of Debian's archive, which does not answer. */
async function change(how: (known: Known) => Known): Promise<void> {
  vi.stubEnv("GUIDE_DEBIAN_MIRROR", "file:///no/such/mirror");
  const known: Known = JSON.parse(await readFile(file(), "utf8"));
  await writeFile(file(), JSON.stringify({ ...how(known), sources: sourcesOf(await debianMirror()) }));
}

const without = (name: string) => (known: Known) => ({
  ...known,
  inputs: known.inputs.filter((input) => input.name !== name),
});

const ofTini = component("of-tini", { inputs: ["tini"] });

test("a set all of whose parts are there is put together without asking Debian", async () => {
  const prepared = await set().prepare(silent, context);
  await rm(join(root, "artifacts/built/set-source"), { recursive: true });
  await change((known) => ({ ...known, refreshed: 0 }));
  const notes: string[] = [];
  expect(await set().complete()).toEqual({ complete: true, missing: [] });
  expect((await set().prepare(listening(notes), context)).files).toEqual(prepared.files);
  expect(notes).toEqual([]);
  expect(built).toEqual(["tool", "long"]);
});

test("a list that lacks what a part is made of is no failure of the mirror's to have it", async () => {
  await set(ofTini).prepare(silent, context);
  await change(without("tini"));
  expect(await set(ofTini).complete()).toEqual({ complete: false, missing: ["of-tini"] });
  expect((await set(ofTini).inUse()).entries).toBeUndefined();
  await expect(set(ofTini).prepare(silent, context)).rejects.toMatchObject({
    message: "Could not read Debian's package lists",
    details: { hint: expect.stringContaining("Check the network") },
  });
});

test("a checksum in the cache that is not that of lock.json is the cache's fault", async () => {
  await set(ofTini).prepare(silent, context);
  const name = Object.keys(lockedFiles).find((one) => one.startsWith("tini_")) ?? "";
  const files = [{ file: name, bytes: 1, sha256: "0".repeat(64) }];
  await change((known) => ({
    ...known,
    inputs: known.inputs.map((input) => (input.name === "tini" ? { ...input, files } : input)),
  }));
  vi.stubEnv("GUIDE_OFFLINE", "1");
  await expect(set(ofTini).prepare(silent, context)).rejects.toThrow(
    `${file()} cannot be read; what was built is found by it: inputs: ${name} has another checksum than in lock.json`,
  );
});

test("Debian's lists are read again where apt's own are gone, however fresh what was seen", async () => {
  await rm(join(root, "build/apt/lists"), { recursive: true });
  await change((known) => known);
  const notes: string[] = [];
  await set().prepare(listening(notes), context);
  expect(notes).toContain("Reading Debian's package lists");
});
