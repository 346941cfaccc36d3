import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { DebianSet } from "./debian/set.ts";
import { artifactSet } from "./index.ts";

test("the set debian carries versions and its port", () => {
  const set = artifactSet("debian");
  expect(set.name).toBe("debian");
  expect(set.versions.kubernetes).toBe("1.20.2");
  expect(set.ports).toEqual(["debian12-versions"]);
});

test.each(["guid", "", "toString"])("the set %j is unknown, and the error lists those known", (name) => {
  expect(() => artifactSet(name)).toThrow(UsageError);
  expect(() => artifactSet(name)).toThrow(
    expect.objectContaining({ details: { hint: "Known sets: debian." } }),
  );
});

test("an empty cache has nothing, and looking at it makes nothing", async () => {
  const root = await mkdtemp(join(tmpdir(), "set-test-"));
  expect(await new DebianSet(root).inspect()).toEqual(
    ["images", "etcd", "cfssl", "flannel", "kubernetes"].map((name) => ({ name, cached: false })),
  );
  await rm(root, { recursive: true });
});
