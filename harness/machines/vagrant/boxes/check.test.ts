import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { centosSites, checkBox } from "./check.ts";
import { boxFile } from "./testing.ts";

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  vi.stubEnv("VAGRANT_HOME", join(folder, "home"));
  for (const name of ["GUIDE_BOX", "GUIDE_BOX_VERSION", "GUIDE_BOX_URL"]) vi.stubEnv(name, "");
});
afterEach(() => void vi.unstubAllEnvs());

const digest = "c0ffee".padEnd(64, "0");
const check = () => checkBox(testContext());

/** What vagrant has of the box; with the digest that it was added with. */
async function added(sha256?: string): Promise<void> {
  const its = join(folder, "home/boxes/centos-VAGRANTSLASH-7/1804.02/libvirt");
  await mkdir(its, { recursive: true });
  await writeFile(join(its, "metadata.json"), "{}");
  if (sha256 !== undefined) await writeFile(join(its, "k8s-guide.sha256"), sha256);
}
async function recorded(sha256: string): Promise<void> {
  const cache = join(folder, "cache/k8s-guide-conformance");
  await mkdir(cache, { recursive: true });
  const record = { "centos/7 1804.02 libvirt": { sha256, from: "/first.box", at: "2026-11-01" } };
  await writeFile(join(cache, "boxes.json"), JSON.stringify(record));
}

test("a box that is not here is fetched, or carried over", async () => {
  expect(await check()).toEqual({
    need: "box centos/7 1804.02",
    found: "not here",
    remedy:
      "Nothing to do where Vagrant's catalogue answers: the next run fetches it; without a network carry its file over: `pnpm run box FILE`.",
    fatal: false,
  });
  expect((await centosSites()).map(({ what }) => what)).toContain("the box");
});

test("a box that somebody else added has no digest that is known", async () => {
  await added();
  expect(await check()).toMatchObject({ found: expect.stringContaining("is not known"), fatal: false });
  expect((await centosSites()).map(({ what }) => what)).not.toContain("the box");
});

test("a box that was added from a file is held to the record", async () => {
  await added(digest);
  await recorded(digest);
  expect(await check()).toEqual({
    need: "box centos/7 1804.02",
    found: `added, sha256 ${digest}, as recorded`,
  });
  await recorded("1".repeat(64));
  expect(await check()).toMatchObject({
    found: `added, sha256 ${digest}; recorded is ${"1".repeat(64)}`,
    fatal: true,
  });
});

test("a file that is named is looked at, and not added", async () => {
  vi.stubEnv("GUIDE_BOX_URL", await boxFile(folder, "centos.box", { provider: "libvirt" }));
  expect((await check()).found).toMatch(/centos\.box, sha256 [0-9a-f]{64}$/);
  await recorded(digest);
  expect(await check()).toMatchObject({
    found: expect.stringContaining(`recorded is ${digest}`),
    fatal: true,
  });
  vi.stubEnv("GUIDE_BOX_URL", join(folder, "none.box"));
  expect(await check()).toMatchObject({ found: expect.stringContaining("no such file"), fatal: true });
});

test("the Debian box is built when it is needed", async () => {
  vi.stubEnv("GUIDE_BOX", "guide/debian12");
  expect(await check()).toMatchObject({ need: "box guide/debian12", found: "not built yet", fatal: false });
});
