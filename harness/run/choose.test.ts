import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { Shortfall } from "../machines/machine.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { testContext } from "../testing.ts";
import { choiceOf, chooseArtifacts } from "./choose.ts";

test.each([
  [{}, "guide", "all of the guide's own files are in the cache"],
  [
    { cache: "the cache lacks x" },
    "source",
    "the cache lacks x; its versions are compiled from their source",
  ],
  [{ host: "cgroup v1" }, "debian", "the host lacks cgroup v1"],
  [{ host: "cgroup v1", cache: "the cache lacks x" }, "debian", "the host lacks cgroup v1"],
])("with what lacks %j it is the set %s", (lacking, artifacts, why) => {
  expect(choiceOf(lacking)).toEqual({ artifacts, why });
});

/** The choice with an empty cache, or one whose record is damaged, on a host with these shortfalls by version. */
async function chosen(
  { damaged = false } = {},
  shortfalls: (kubernetes: string) => Shortfall[] = () => [],
): Promise<{ readonly choice: unknown; readonly record: string }> {
  const cache = await mkdtemp(join(tmpdir(), "choose-test-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
  using _ = vi.spyOn(nspawn, "probe").mockImplementation(async (kubernetes) => shortfalls(kubernetes));
  const folder = join(cache, "k8s-guide-conformance/artifacts/guide");
  const record = join(folder, "recorded.json");
  await mkdir(folder, { recursive: true });
  if (damaged) await writeFile(record, "{");
  try {
    return {
      choice: await chooseArtifacts({ provider: "nspawn", online: false }, testContext()),
      record,
    };
  } finally {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true });
  }
}

const lacking = (need: string): Shortfall[] => [{ need, found: "", remedy: "", fatal: true }];

test("without the guide's own files it is their source", async () => {
  expect((await chosen()).choice).toEqual({
    artifacts: "source",
    why: "the cache lacks 9 of the guide's own files; its versions are compiled from their source",
  });
});

test("a damaged record of the guide's own files is no reason against their source", async () => {
  const { choice, record } = await chosen({ damaged: true });
  expect(choice).toEqual({ artifacts: "source", why: expect.stringContaining(record) });
});

test("a host that cannot run the guide's versions takes Debian's, whatever is in the cache", async () => {
  const { choice } = await chosen({}, (kubernetes) => (kubernetes === "1.20.2" ? [] : lacking("cgroup v1")));
  expect(choice).toEqual({ artifacts: "debian", why: "the host lacks cgroup v1" });
});

test("what a host lacks for every set decides nothing", async () => {
  expect((await chosen({}, () => lacking("root"))).choice).toMatchObject({ artifacts: "source" });
});
