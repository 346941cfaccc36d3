import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { setNames } from "../choices.ts";
import { UsageError } from "../errors.ts";
import { debianSet } from "./debian/set.ts";
import { artifactSet, portableSet } from "./index.ts";
import { temporaryFolder } from "../testing.ts";

test.each([
  ["upstream", { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.10.0", cfssl: "1.2.0" }, []],
  ["source", { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.14.0", cfssl: "1.2.0" }, []],
  [
    "debian",
    { kubernetes: "1.20.2", etcd: "3.4.23", flannel: "0.14.0", cfssl: "1.2.0" },
    ["debian12-versions"],
  ],
])("the set %s has its versions, and the ports that they need", (name, versions, ports) => {
  expect(artifactSet(name)).toMatchObject({ name, versions, ports });
});

test("only the set upstream can be carried", () => {
  expect(portableSet("upstream").name).toBe("upstream");
  expect(() => portableSet("debian")).toThrow("The set debian is built on each host and cannot be carried");
});

test.each(["guid", "", "toString"])("the set %j is unknown, and the error lists those known", (name) => {
  expect(() => artifactSet(name)).toThrow(UsageError);
  expect(() => artifactSet(name)).toThrow(
    expect.objectContaining({
      details: { hint: expect.stringContaining(`known: ${setNames.join(", ")}`) },
    }),
  );
});

test("an empty cache has nothing, and looking at it makes nothing", async () => {
  const root = temporaryFolder();
  const inspected = await debianSet(root).inspect();
  expect(inspected.map(({ name, cached, optional = false }) => [name, cached, optional])).toEqual([
    ...["images", "etcd", "cfssl", "flannel", "kubernetes"].map((name) => [name, false, false]),
    ["rpms", false, true],
  ]);
  expect(await debianSet(root).complete()).toEqual({
    complete: false,
    missing: ["images", "etcd", "cfssl", "flannel", "kubernetes"],
  });
  expect(await debianSet(root).verify()).toEqual([]);
  expect(await readdir(root)).toEqual([]);
});
