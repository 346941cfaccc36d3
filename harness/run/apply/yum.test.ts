import { expect, test } from "vitest";
import type { Step } from "../../guide/types.ts";
import { fewPackages } from "../../machines/limitations.ts";
import { apply } from "./apply.ts";
import { context, group, planOf, run, step, terminal } from "../testing.ts";

test("a step with downloads is helped, once, by name", async () => {
  const t71 = terminal("t71", {});
  const made = context({ t71 });
  const downloads = { downloads: ["https://example.test/a.tar.gz"] };
  await apply({ plan: planOf(group(step("2.1/get", "t71", run("wget"), downloads))), ...made });
  expect(made.recorder.assists).toMatchObject([{ id: "artifact-cache", step: "2.1/get@t71" }]);
  expect(made.recorder.steps[0]?.assists).toEqual(["artifact-cache"]);
});

const yum: Partial<Step> = {
  asks: [{ capability: "yum", what: "yum", location: { file: "guide.md", line: 8 }, optional: false }],
};

test("a step with yum is helped where the project packs what yum installs", async () => {
  const t71 = terminal("t71", {});
  const plan = planOf(group(step("3.1/a", "t71", run("yum install -y a"), yum)));
  const made = context({ t71 });
  await apply({ plan, ...made, limitations: [fewPackages] });
  expect(made.recorder.steps[0]?.assists).toEqual(["package-cache"]);
  const other = context({ t71 });
  await apply({ plan, ...other });
  expect(other.recorder.steps[0]?.assists).toEqual([]);
});

test("a package that the project did not pack is the artifacts' fault, by name", async () => {
  const stdout = "No package docker-ce-18.09.9 available.\nNo package b available.\n";
  const t71 = terminal("t71", { "yum install": { exitCode: 1, stdout, stderr: "Error: Nothing to do" } });
  const made = context({ t71 });
  const plan = planOf(group(step("3.1/a", "t71", run("yum install"), yum)));
  const failure = apply({ plan, ...made, limitations: [fewPackages] });
  await expect(failure).rejects.toMatchObject({ verdict: "artifact" });
  await expect(failure).rejects.toThrow("3.1/a@t71: there is no package docker-ce-18.09.9, b");
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({ verdict: "guide" });
});

test.each([
  "Error: Package: docker-ce-18.09.9-3.el7.x86_64 (docker-ce-stable)\n           Requires: container-selinux >= 2.9",
  "Error:  Multilib version problems found.\n       Protected multilib versions: libgcc-4.8.5-44.el7.i686 != libgcc-4.8.5-28.el7.x86_64",
  'GPG key retrieval failed: [Errno 14] curl#37 - "Couldn\'t open file /var/cache/guide-packages/download.docker.com/linux/centos/gpg"',
  'file:///var/cache/guide-packages/a/repodata/repomd.xml: [Errno 14] curl#37 - "Couldn\'t open file"',
])("packages of the project that yum cannot use are the artifacts' fault: %s", async (stderr) => {
  const t71 = terminal("t71", { "yum install": { exitCode: 1, stderr } });
  const plan = planOf(group(step("3.1/a", "t71", run("yum install"), yum)));
  const failure = apply({ plan, ...context({ t71 }), limitations: [fewPackages] });
  await expect(failure).rejects.toMatchObject({ verdict: "artifact" });
  await expect(failure).rejects.toThrow(
    "3.1/a@t71: yum cannot use the packages that the project has brought",
  );
  await expect(failure).rejects.toMatchObject({
    details: { hint: expect.stringMatching(/^They lack something, or do not fit together;/u) },
  });
  await expect(apply({ plan, ...context({ t71 }) })).rejects.toMatchObject({ verdict: "guide" });
});

test("a key that the guide has not put where it says is the guide's fault, with such packages, too", async () => {
  const stderr = 'GPG key retrieval failed: [Errno 14] curl#37 - "Couldn\'t open file /etc/pki/rpm-gpg/KEY"';
  const t71 = terminal("t71", { "yum install": { exitCode: 1, stderr } });
  const plan = planOf(group(step("3.1/a", "t71", run("yum install"), yum)));
  const failure = apply({ plan, ...context({ t71 }), limitations: [fewPackages] });
  await expect(failure).rejects.toMatchObject({ verdict: "guide" });
});
