import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeSites, mirrorsTo, sitesOf } from "../artifacts/upstream/packages/testing.ts";
import { UpstreamSet } from "../artifacts/upstream/set.ts";
import { serve } from "../host/download/testing.ts";
import { temporaryFolder, testContext } from "../testing.ts";
import { giveBack } from "../machines/inventory/down.ts";
import { take } from "../machines/inventory/up.ts";
import type { RunningMachine } from "../machines/machine.ts";
import { profile } from "../profile/testing.ts";
import { nspawn } from "../machines/nspawn/provider.ts";
import { ask, fetchArtifacts, install, stopFirewall, testSpec } from "../machines/nspawn/testing.ts";
import { silent } from "../progress.ts";
import { packagesOf } from "./request/needs.ts";
import { defaultSettings, planOf } from "../settings/settings.ts";

/*
 * CentOS's packages on their whole way, from sites that the test makes to the yum, which is dnf there, of a host of an
 * inventory. What CentOS adds are its own yum and its own packages.
 */
const context = testContext();
const id = "test-yum";
const scratch = temporaryFolder();
let artifacts: string;
let machine: RunningMachine;

beforeAll(async () => {
  ({ artifacts } = await fetchArtifacts());
  await nspawn.prepare(silent, context);
  await nspawn.down(id, silent, context);
  // Without a folder of this host's in the place of what is delivered.
  const { machines } = await nspawn.up(testSpec(id, artifacts), silent, context);
  const [t71] = machines;
  if (!t71) throw new Error("no machine");
  machine = t71;
  vi.stubEnv("XDG_STATE_HOME", join(scratch, "state"));
  // The first time a root file system is built.
}, 900_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await nspawn.down(id, silent, context);
});

const said = async (command: string): Promise<string> => {
  const { said: text, exitCode } = await ask(machine, command);
  expect(`${text}\n${exitCode}`).toMatch(/\n0$/);
  return text;
};

test("sections 1 and 3.1 install what was resolved, fetched and sent, as they are written; then the host is given back", async () => {
  const sites = join(scratch, "sites");
  await makeSites(sites);
  await using up = await serve(sitesOf(sites, {}));
  const set = new UpstreamSet(join(scratch, "cache"), { ARTIFACT_MIRROR: mirrorsTo(up.base) });
  const request = packagesOf(await planOf(defaultSettings));
  const { folder } = await set.preparePackages(request, silent, testContext());

  await said(`${stopFirewall} && systemctl disable firewalld`);
  // A host with Debian has one already.
  await said("ln -s true /usr/bin/wget");
  const traces = "ls -A /var/cache/guide-packages; md5sum /usr/local/bin/*; ls /etc/yum.repos.d";
  const before = await said(traces);
  const { spec, endpoint } = machine;
  const inventory = { file: "hosts.yaml", os: "debian12" as const, hosts: [{ spec, endpoint }] };
  const own = { ...testSpec("test-own", artifacts, folder), machines: [spec] };
  const taken = await take(own, inventory, { adopt: false, guide: profile }, silent, context);
  expect(taken.assists.map((assist) => assist.id)).toContain("package-cache");

  expect(await said(install)).toContain("Complete!");
  const packages = "docker-ce container-selinux libselinux wget yum-utils";
  expect((await said(`rpm -q ${packages}`)).split("\n")).toEqual([
    "docker-ce-26.1.4-1.el7.x86_64",
    "container-selinux-2.119-1.el7.x86_64",
    "libselinux-2.6-1.el7.x86_64",
    "wget-1.14-1.el7.x86_64",
    "yum-utils-1.1.31-1.el7.x86_64",
  ]);

  // The same by a yum that asks who signed Docker's packages, as CentOS's does.
  const settings = "/run/guide/yum/yum.conf";
  const key = "file:///var/cache/guide-packages/download.docker.com/linux/centos/gpg";
  expect(await said("grep -h ^gpgkey /run/guide/yum/repositories/docker-ce.repo")).toBe(`gpgkey=${key}`);
  const remove = "rpm -e docker-ce docker-ce-cli containerd.io";
  const checked = `dnf --releasever=7 -c ${settings} install -y docker-ce`;
  expect(await said(`${remove} && ${checked}`)).toContain(`From       : ${key.replace("file://", "")}`);
  const lead = "/var/cache/guide-packages/download.docker.com/linux/centos/7/x86_64/stable/Packages";
  expect(await said(`rpm --checksig ${lead}/docker-ce-26.1.4-1.el7.x86_64.rpm`)).toContain(
    "digests signatures OK",
  );

  // What a reset does not know of: packages that nobody else makes, and dnf's and rpm's own memory.
  const installed =
    "docker-ce docker-ce-cli containerd.io container-selinux libselinux libselinux-python wget libidn libstdc++ yum-utils gpg-pubkey";
  await said(
    `rpm -e $(rpm -q --qf '%{NAME}\\n' ${installed} | grep -v 'not installed'); rm -rf /opt/packed /var/lib/dnf/history.sqlite*`,
  );
  await giveBack(own.id, silent, context);
  expect(await said(traces)).toBe(before);
});
