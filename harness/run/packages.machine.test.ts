import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSites, mirrorsTo, sitesOf } from "../artifacts/guide/packages/testing.ts";
import { GuideSet } from "../artifacts/guide/set.ts";
import { serve, temporaryFolder } from "../artifacts/guide/testing.ts";
import type { RunningCluster } from "../machines/machine.ts";
import { ask, fetchArtifacts, install, testSpec } from "../machines/nspawn/testing.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { connect } from "../machines/ssh/connect.ts";
import { deliverPackages } from "../machines/ssh/deliver.ts";
import { silent } from "../progress.ts";
import { testContext } from "../testing.ts";
import { packagesOf } from "./needs.ts";
import { defaultSettings, planOf } from "./settings.ts";

/*
 * CentOS's packages on their whole way, from sites that the test makes to a machine's yum, which is dnf there. What CentOS
 * adds are its own yum and its own packages.
 */
const context = testContext();
const id = "test-yum";
let scratch: Awaited<ReturnType<typeof temporaryFolder>>;
let cluster: RunningCluster;

beforeAll(async () => {
  scratch = await temporaryFolder();
  const { artifacts } = await fetchArtifacts();
  await nspawn.prepare(silent, context);
  await nspawn.down(id, silent, context);
  // Without a folder of the host's in the place of what is delivered.
  cluster = await nspawn.up(testSpec(id, artifacts), silent, context);
});
afterAll(async () => {
  await nspawn.down(id, silent, context);
  await scratch[Symbol.asyncDispose]();
});

test("sections 1 and 3.1 install what was resolved, fetched and sent, as they are written", async () => {
  const sites = join(scratch.path, "sites");
  await makeSites(sites);
  await using up = await serve(sitesOf(sites, {}));
  const set = new GuideSet(join(scratch.path, "cache"), { ARTIFACT_MIRROR: mirrorsTo(up.base) });
  const request = packagesOf(await planOf(defaultSettings));
  const { folder } = await set.preparePackages(request, silent);
  const [t71] = cluster.machines;
  if (!t71) throw new Error("no machine");
  const connection = await connect(t71.endpoint, context);
  expect((await deliverPackages(connection, folder)).length).toBeGreaterThan(20);
  await connection.close();
  const installed = await ask(t71, install);
  expect(installed.said).toContain("Complete!");
  expect(installed.exitCode).toBe(0);
  const versions = await ask(t71, "rpm -q docker-ce container-selinux libselinux wget yum-utils");
  expect(versions.said.split("\n")).toEqual([
    "docker-ce-26.1.4-1.el7.x86_64",
    "container-selinux-2.119-1.el7.x86_64",
    "libselinux-2.6-1.el7.x86_64",
    "wget-1.14-1.el7.x86_64",
    "yum-utils-1.1.31-1.el7.x86_64",
  ]);

  // The same lines, by a yum that asks who signed the packages, as CentOS's does.
  const checking =
    "rpm -e docker-ce docker-ce-cli && dnf --releasever=7 -c /run/guide/yum/yum.conf install -y docker-ce";
  expect((await ask(t71, "grep -h ^gpgkey /run/guide/yum/repositories/docker-ce.repo")).said).toBe(
    "gpgkey=file:///var/cache/guide-packages/download.docker.com/linux/centos/gpg",
  );
  expect(await ask(t71, checking)).toMatchObject({ exitCode: 0 });
  const key = await readFile(join(folder, "download.docker.com/linux/centos/gpg"), "utf8");
  expect(key).toContain("BEGIN PGP PUBLIC KEY");
});
