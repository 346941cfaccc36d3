import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { ArtifactError } from "../../errors.ts";
import { checkVersion } from "./binaries.ts";
import { missingPackages } from "./environment/host-packages.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

async function program(script: string): Promise<string> {
  const path = join(folder, "tool");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test.each([
  ["echo Kubernetes v1.20.2; echo more", "Kubernetes v1.20.2"],
  ["echo etcd Version: 1.20.2 >&2", "etcd Version: 1.20.2"],
  ['echo "{GitVersion:\\"v1.20.2\\",}" | tr : " "', '{GitVersion "v1.20.2",}'],
])("a binary that says its version is accepted, and its word kept: %s", async (script, words) => {
  const said: string[] = [];
  const says = (name: string, line: string): void => void said.push(name, line);
  await checkVersion({ says }, await program(script), [], "1.20.2");
  expect(said).toEqual(["tool", words]);
});

test.each(["echo v1.20.20", "echo v1.20.2; exit 3", "true"])("another one is refused: %s", async (script) => {
  await expect(
    checkVersion({ says: () => undefined }, await program(script), [], "1.20.2"),
  ).rejects.toBeInstanceOf(ArtifactError);
});

test("packages that the host lacks are told from those it has", async () => {
  expect(await missingPackages(["dpkg", "no-such-package-at-all"])).toEqual(["no-such-package-at-all"]);
  expect(await missingPackages([])).toEqual([]);
});
