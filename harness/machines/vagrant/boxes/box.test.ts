import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packages } from "../../nspawn/image/rootfs.ts";
import { toolsFor } from "../../tools.ts";
import { definitionHash, ownPackages } from "./box.ts";

it("the hash of the box's definition changes with any of its files", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "box-"));
  try {
    const copy = join(scratch, "copy");
    await cp(join(import.meta.dirname, "../box"), copy, { recursive: true });
    const before = await definitionHash(copy);
    expect(before).toBe(await definitionHash());
    await writeFile(join(copy, "files/etc/sudoers.d/vagrant"), "");
    expect(await definitionHash(copy)).not.toBe(before);
  } finally {
    await rm(scratch, { recursive: true });
  }
});

it("the box has Docker and every declared tool, for no step installs any there", () => {
  const tools = (["master", "node"] as const).flatMap((role) => toolsFor(role, "debian12"));
  const needed = ["docker.io", ...tools.map((tool) => tool.packages.debian12)];
  expect([...packages, ...ownPackages]).toEqual(expect.arrayContaining(needed));
});
