import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, test } from "vitest";
import { inRepositories } from "../packages.ts";
import { images } from "../build/images.ts";
import { rpms, upstream } from "./rpms.ts";
import { BuildEnvironment } from "../build/environment/environment.ts";
import { temporaryFolder } from "../../testing.ts";

test.each([
  ["20.10.24+dfsg1-1+deb12u1+b6", "20.10.24"],
  ["1.6.20~ds1-1+deb12u3", "1.6.20"],
  ["1.21.3-1+deb12u1", "1.21.3"],
  ["2:1.02.185-2", "1.02.185"],
])("upstream's version in Debian's %s", (debian, version) => {
  expect(upstream(debian)).toBe(version);
});

test("wget and curl find files of the repositories by their addresses", () => {
  const address = "https://download.docker.com/linux/centos/docker-ce.repo";
  expect(
    [address, `${address}?a=b`, `${address}x`, "https://example.org/docker-ce.repo"].map(inRepositories),
  ).toEqual([true, true, false, false]);
});

test("every package of the repositories is packed", async () => {
  const spec = await readFile(join(import.meta.dirname, "rpms/stand-ins.spec"), "utf8");
  const packed = Array.from(
    spec.matchAll(/^(?:Name: |%package (-n )?)(\S+)$/gm),
    ([line, absolute, name = ""]) => (line.startsWith("Name") || absolute ? name : `docker-ce-${name}`),
  );
  const listed = rpms.files.flatMap((file) => /([^/]+)\.rpm$/.exec(file)?.[1] ?? []);
  expect(new Set(packed)).toEqual(new Set(listed));
});

describe("yum-config-manager", () => {
  let folder: string;
  beforeEach(async () => {
    folder = temporaryFolder();
    await writeFile(join(folder, "two.repo"), "[a]\nname=A\nenabled=1\n[b]\nname=B\n");
  });

  async function manage(...args: string[]): Promise<{ exitCode?: number | undefined; all: string }> {
    const text = await readFile(join(import.meta.dirname, "rpms/yum-config-manager"), "utf8");
    const script = join(folder, "script");
    await writeFile(script, text.replace("/etc/yum.repos.d", folder));
    return execa("sh", [script, ...args], { all: true, reject: false });
  }
  const has = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  test("adds a repository's file, or a repository by its address alone", async () => {
    const repo = `file://${join(folder, "two.repo")}`;
    await writeFile(join(folder, "curl"), "");
    const added = await manage("--add-repo", "http://rpm.example.org/el7/");
    expect(added.exitCode).toBe(0);
    expect(await has("rpm.example.org_el7.repo")).toBe(
      "\n[rpm.example.org_el7]\nname=added from: http://rpm.example.org/el7/\nbaseurl=http://rpm.example.org/el7/\nenabled=1\n",
    );
    await rm(join(folder, "rpm.example.org_el7.repo"));
    const missing = await manage(`--add-repo=${repo}.repo`);
    expect(missing).toMatchObject({ exitCode: 1, all: expect.stringContaining("Could not fetch/save url") });
  });

  test("turns repositories on and off", async () => {
    await manage("--disable", "a", "b");
    expect(await has("two.repo")).toBe("[a]\nenabled=0\nname=A\n[b]\nenabled=0\nname=B\n");
    await manage("--enable", "b");
    expect(await has("two.repo")).toBe("[a]\nenabled=0\nname=A\n[b]\nenabled=1\nname=B\n");
    expect(await manage("--enable", "c")).toMatchObject({
      exitCode: 1,
      all: "Error: No matching repo to modify: c.",
    });
  });

  test("says what it does not know", async () => {
    expect(await manage("--setopt=a.b=1")).toMatchObject({
      exitCode: 1,
      all: expect.stringContaining("--setopt=a.b=1"),
    });
  });
});

test("what the archive was not asked for yet is missing, not wrong", async () => {
  const root = temporaryFolder();
  await mkdir(join(root, "artifacts/built"), { recursive: true });
  const inputs = [
    { name: "busybox-static", version: "1", files: [{ file: "b_1_amd64.deb", bytes: 1, sha256: "0" }] },
  ];
  await writeFile(
    join(root, "artifacts/built/inputs.json"),
    JSON.stringify({ refreshed: 1, sources: "", inputs }),
  );
  const environment = new BuildEnvironment(root);
  expect(await environment.find(rpms)).toEqual({ state: "missing" });
  expect(await environment.specOf(rpms)).toBeUndefined();
  expect(await environment.specOf(images)).toMatchObject({ kind: "images" });
});
