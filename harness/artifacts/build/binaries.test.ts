import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ArtifactError } from "../../errors.ts";
import { checkVersion } from "./binaries.ts";
import { missingPackages } from "./host-packages.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "binaries-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(script: string): Promise<string> {
  const path = join(folder, "tool");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test.each([
  "echo Kubernetes v1.20.2",
  "echo etcd Version: 1.20.2 >&2",
  'echo "{GitVersion:\\"v1.20.2\\",}" | tr : " "',
])("a binary that says its version is accepted: %s", async (script) => {
  await expect(checkVersion(await program(script), [], "1.20.2")).resolves.toBeUndefined();
});

test.each(["echo v1.20.20", "echo v1.20.2; exit 3", "true"])("another one is refused: %s", async (script) => {
  await expect(checkVersion(await program(script), [], "1.20.2")).rejects.toBeInstanceOf(ArtifactError);
});

test("packages that the host lacks are told from those it has", async () => {
  expect(await missingPackages(["dpkg", "no-such-package-at-all"])).toEqual(["no-such-package-at-all"]);
  expect(await missingPackages([])).toEqual([]);
});
