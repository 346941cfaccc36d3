import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { cacheRoot } from "../../../host/paths.ts";
import { temporaryFolder } from "../../../testing.ts";
import { packages } from "../../nspawn/image/rootfs.ts";
import { toolsFor } from "../../tools.ts";
import { vagrantNames } from "../cluster.ts";
import { ownPackages, removeUnusable } from "./box.ts";

it("the box has Docker and every declared tool, for no step installs any there", () => {
  const tools = (["master", "node"] as const).flatMap((role) => toolsFor(role, "debian12"));
  const needed = ["docker.io", ...tools.map((tool) => tool.packages.debian12)];
  expect([...packages, ...ownPackages]).toEqual(expect.arrayContaining(needed));
});

afterEach(() => void vi.unstubAllEnvs());

it("an old box stays as long as a cluster was made with it", async () => {
  const home = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", join(home, "cache"));
  vi.stubEnv("XDG_STATE_HOME", join(home, "state"));
  const [used, unused, fresh] = ["1", "2", "3"].map((digit) => `vagrant-${digit.repeat(16)}`);
  for (const name of [used, unused, fresh, "vagrant-box-left"]) {
    const path = join(cacheRoot(), String(name));
    await mkdir(path, { recursive: true });
    if (name !== fresh) await utimes(path, 0, 0);
  }
  const { ledger, state } = vagrantNames("kept");
  await mkdir(state, { recursive: true });
  const env = { VAGRANT_HOME: join(cacheRoot(), String(used)) };
  await writeFile(ledger, `${JSON.stringify({ kind: "vagrant", env })}\n`);
  await removeUnusable(join(cacheRoot(), "vagrant-none"));
  expect(await readdir(cacheRoot())).toEqual([used, fresh]);
});
