import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { definitionHash } from "./box.ts";

it("the hash of the box's definition changes with any of its files", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "box-"));
  try {
    const copy = join(scratch, "copy");
    await cp(join(import.meta.dirname, "box"), copy, { recursive: true });
    const before = await definitionHash(copy);
    expect(before).toBe(await definitionHash());
    await writeFile(join(copy, "files/etc/sudoers.d/vagrant"), "");
    expect(await definitionHash(copy)).not.toBe(before);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
