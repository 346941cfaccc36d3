import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UsageError } from "../errors.ts";
import { DebianSet } from "./debian/set.ts";
import { artifactSet, portableSet } from "./index.ts";

test("the set debian carries versions and its port", () => {
  const set = artifactSet("debian");
  expect(set.name).toBe("debian");
  expect(set.versions.kubernetes).toBe("1.20.2");
  expect(set.ports).toEqual(["debian12-versions"]);
});

test("the set guide carries the guide's versions, and no port", () => {
  const set = artifactSet("guide");
  expect(set.name).toBe("guide");
  expect(set.versions).toEqual({ kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.10.0", cfssl: "1.2.0" });
  expect(set.ports).toEqual([]);
});

test("only the set guide can be carried", () => {
  expect(portableSet("guide").name).toBe("guide");
  expect(() => portableSet("debian")).toThrow("The set debian is built on each host and cannot be carried");
});

test.each(["guid", "", "toString"])("the set %j is unknown, and the error lists those known", (name) => {
  expect(() => artifactSet(name)).toThrow(UsageError);
  expect(() => artifactSet(name)).toThrow(
    expect.objectContaining({ details: { hint: expect.stringContaining("known: debian, guide") } }),
  );
});

test("an empty cache has nothing, and looking at it makes nothing", async () => {
  const root = await mkdtemp(join(tmpdir(), "set-test-"));
  expect(await new DebianSet(root).inspect()).toEqual([
    ...["images", "etcd", "cfssl", "flannel", "kubernetes"].map((name) => ({ name, cached: false })),
    { name: "rpms", cached: false, optional: true },
  ]);
  expect(await new DebianSet(root).complete()).toEqual({
    complete: false,
    missing: ["images", "etcd", "cfssl", "flannel", "kubernetes"],
  });
  expect(await new DebianSet(root).verify()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
  await rm(root, { recursive: true });
});
