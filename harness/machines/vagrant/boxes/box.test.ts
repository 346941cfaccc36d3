import { expect, it } from "vitest";
import { packages } from "../../nspawn/image/rootfs.ts";
import { toolsFor } from "../../tools.ts";
import { ownPackages } from "./box.ts";

it("the box has Docker and every declared tool, for no step installs any there", () => {
  const tools = (["master", "node"] as const).flatMap((role) => toolsFor(role, "debian12"));
  const needed = ["docker.io", ...tools.map((tool) => tool.packages.debian12)];
  expect([...packages, ...ownPackages]).toEqual(expect.arrayContaining(needed));
});
