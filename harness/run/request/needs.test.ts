import { expect, test } from "vitest";
import { artifactSet } from "../../artifacts/index.ts";
import { guideMachines as machines } from "../../profile/testing.ts";
import { needsOf, optionalNeeds, packagesOf } from "./needs.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";

const files = ["server", "client", "node"]
  .map((kind) => `kubernetes-${kind}-linux-amd64.tar.gz`)
  .concat("flannel-v0.10.0-linux-amd64.tar.gz", "kubernetes-node-1.13.1.tar.gz")
  .map((name) => ({ name, sha256: "", bytes: 0 }));
const prepared = { folder: "/set", files, images: "images.tar" };

test("each machine needs what it fetches, and nodes the images", async () => {
  const plan = await planOf(defaultSettings);
  const { t71, t72, t76 } = needsOf(machines, [plan], prepared, false);
  expect(t71).toContain("kubernetes-server-linux-amd64.tar.gz");
  expect(t71).not.toContain("images.tar");
  // The set has no etcd: whoever asks for it is told so at the step.
  expect(t71).not.toContain("etcd-v3.3.10-linux-amd64.tar.gz");
  expect(t72).toEqual([
    "kubernetes-node-linux-amd64.tar.gz",
    "flannel-v0.10.0-linux-amd64.tar.gz",
    "images.tar",
  ]);
  expect(t76).toEqual(t72);
});

test("machines that download by themselves need the images alone", async () => {
  const plan = await planOf(defaultSettings);
  expect(needsOf(machines, [plan], prepared, true)).toEqual({
    t71: [],
    t72: ["images.tar"],
    t76: ["images.tar"],
  });
});

test("a file is known by its address, where a set says so", async () => {
  const plan = await planOf({ ...defaultSettings, errata: ["node-binaries-of-another-version"] });
  const address = "https://dl.k8s.io/v1.13.1/kubernetes-node-linux-amd64.tar.gz";
  const addresses = { file: "addresses.tsv", nameOf: { [address]: "kubernetes-node-1.13.1.tar.gz" } };
  const { t72 } = needsOf(machines, [plan], { ...prepared, addresses }, false);
  expect(t72).toContain("kubernetes-node-1.13.1.tar.gz");
  expect(t72).toContain("addresses.tsv");
  for (const set of [artifactSet("upstream"), artifactSet("source")]) {
    expect(await optionalNeeds(set, plan)).toMatchObject([{ step: "3.2.1/fetch-node-archive" }]);
    expect(await optionalNeeds(set, await planOf(defaultSettings))).toEqual([]);
  }
});

test("what yum is to install is in the plan, a command an entry, with the repositories that are added", async () => {
  expect(packagesOf(undefined)).toEqual({ install: [], added: [] });
  expect(packagesOf(await planOf(defaultSettings))).toEqual({
    install: ["wget yum-utils", "docker-ce"],
    added: ["https://download.docker.com/linux/centos/docker-ce.repo"],
  });
});

test.each([
  "yum --enablerepo X -y install docker-ce",
  "yum -x kernel* install docker-ce -y",
  "yum -yx kernel* install docker-ce",
  "yum -d1 -e 0 --setopt obsoletes=0 --installroot /mnt install docker-ce",
  "yum install -y --disablerepo=* --enablerepo docker-ce-stable docker-ce",
  "yum -y install -c /etc/yum.conf -- docker-ce",
])("%s installs docker-ce", async (what) => {
  const plan = await planOf(defaultSettings);
  const [group] = plan.groups;
  const [step] = group?.steps ?? [];
  if (!group || !step) throw new Error("the plan is empty");
  const asks = [{ capability: "yum" as const, what, location: step.location, optional: false }];
  const one = { ...plan, groups: [{ ...group, steps: [{ ...step, asks }] }] };
  expect(packagesOf(one).install).toEqual(["docker-ce"]);
});
