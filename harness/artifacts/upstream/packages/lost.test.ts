import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silent } from "../../../progress.ts";
import { listening } from "../../../testing.ts";
import { context, notes, root, set } from "../sample.ts";

const lock = (): string => join(root, "artifacts/guide/packages.lock.json");
const lost = () => ({
  verdict: "artifact",
  message: `${lock()} is gone; CentOS's packages are found by it`,
  details: { hint: expect.stringContaining("host that filled the cache") },
});
const request = { install: ["wget"], added: ["http://no.such.site/x y.repo"] };

/** Packages were laid out here, and the lock that names them is gone. */
beforeEach(() => mkdir(join(root, "artifacts/guide/packages", "0".repeat(24)), { recursive: true }));

test("packages whose lock is gone are not taken for none, by those who keep and verify what there is", async () => {
  await expect(set().inUse()).rejects.toMatchObject(lost());
  expect(await set().verify()).toEqual([
    { name: "packages.lock.json", folder: lock(), damage: lost().message },
  ]);
});

test("offline they cannot be used, for the lock is gone; otherwise it is said before they are resolved anew", async () => {
  const offline = set({ GUIDE_OFFLINE: "1" }).preparePackages(request, silent, context);
  await expect(offline).rejects.toMatchObject(lost());
  // The guide's repository is one that cannot be asked.
  await expect(set().preparePackages(request, listening(notes), context)).rejects.toThrow("The guide adds");
  expect(notes).toContain(lost().message);
});
