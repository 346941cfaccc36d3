import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { testContext } from "../testing.ts";
import { chooseArtifacts } from "./choose.ts";

test("a damaged record of the guide's own files is no reason against Debian's", async () => {
  const cache = await mkdtemp(join(tmpdir(), "choose-test-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
  const folder = join(cache, "k8s-guide-conformance/artifacts/guide");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "recorded.json"), "{");
  try {
    expect(await chooseArtifacts({ provider: "nspawn", online: false }, testContext())).toEqual({
      artifacts: "debian",
      why: expect.stringContaining(join(folder, "recorded.json")),
    });
  } finally {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true });
  }
});
