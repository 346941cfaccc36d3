import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BuildEnvironment } from "../artifacts/build/environment/environment.ts";
import { cfssl } from "../artifacts/build/cfssl.ts";
import { flannel } from "../artifacts/build/flannel.ts";
import { images } from "../artifacts/build/images.ts";
import { inputNames } from "../artifacts/build/inputs.ts";
import { etcd } from "../artifacts/debian/etcd.ts";
import { kubernetes } from "../artifacts/debian/kubernetes.ts";
import { setFor } from "../artifacts/index.ts";
import { ArtifactError } from "../errors.ts";
import { cacheRoot } from "../host/paths.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { silent } from "../progress.ts";
import { temporaryFolder, testContext } from "../testing.ts";
import { withOtherSet } from "./other-set.ts";
import { defaultSettings } from "./settings.ts";

const settings = { ...defaultSettings, artifacts: "source" };
const context = testContext();

/** A cache with all of the set `debian`, and no other. */
beforeEach(async () => {
  vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
  vi.stubEnv("GUIDE_OFFLINE", "1");
  const environment = new BuildEnvironment(cacheRoot());
  const { cache } = environment;
  await mkdir(cache.root, { recursive: true });
  const files = [{ file: "x_1_amd64.deb", bytes: 1, sha256: "0".repeat(64) }];
  const inputs = inputNames.map((name) => ({ name, version: "1", files }));
  await writeFile(join(cache.root, "inputs.json"), JSON.stringify({ refreshed: 1, sources: "", inputs }));
  for (const component of [images, etcd, cfssl, flannel, kubernetes]) {
    const spec = await environment.specOf(component);
    if (!spec) throw new Error(component.name);
    await cache.store(spec, async (folder) => {
      for (const name of spec.files) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), name);
      }
    });
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const told = async (): Promise<unknown> => {
  const set = await setFor(settings);
  return set.prepare(silent, context).catch((thrown: unknown) => withOtherSet(thrown, settings, context));
};

test("a set that cannot be had offline is told with the one that the cache has", async () => {
  vi.spyOn(nspawn, "probe").mockResolvedValue([]);
  expect(await told()).toMatchObject({
    verdict: "artifact",
    message: expect.stringMatching(/^The cache lacks etcd-3\.3\.10, kubernetes-1\.14\.0, and --offline/),
    details: {
      hint: expect.stringMatching(
        /^The cache has all of the set debian: `--artifacts debian` uses it\. On a host with a network/,
      ),
    },
  });
});

test("one that the host cannot run is not named", async () => {
  vi.spyOn(nspawn, "probe").mockResolvedValue([{ need: "root", found: "", remedy: "", fatal: true }]);
  expect(await told()).toMatchObject({ details: { hint: expect.stringMatching(/^On a host with/) } });
});

test("with a network nothing else is named", async () => {
  vi.stubEnv("GUIDE_OFFLINE", "");
  const failure = new ArtifactError("a build failed");
  expect(await withOtherSet(failure, settings, context)).toBe(failure);
});
