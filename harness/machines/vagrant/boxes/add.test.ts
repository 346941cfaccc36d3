import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { silent } from "../../../progress.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { withoutVagrant } from "../testing.ts";
import { addBox, addedBox, prepareBox } from "./add.ts";
import { boxFile, site } from "./testing.ts";

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  vi.stubEnv("VAGRANT_HOME", join(folder, "home"));
  vi.stubEnv("GUIDE_BOX", "");
  vi.stubEnv("GUIDE_BOX_VERSION", "");
  await mkdir(join(folder, "cache/k8s-guide-conformance"), { recursive: true });
});
afterEach(() => void vi.unstubAllEnvs());

const context = testContext();
const sha256 = async (path: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
/** A real box, whose own Vagrantfile says that it was read. */
const centos = (name: string, words = "this is the box"): Promise<string> =>
  boxFile(
    folder,
    name,
    { provider: "libvirt", format: "qcow2", virtual_size: 1 },
    `STDERR.puts ${JSON.stringify(words)}\n`,
  );
/** What the real vagrant says when it reads the project's Vagrantfile, and the box that this asks for. */
const validate = async (provider: string): Promise<string> =>
  (
    await execa("vagrant", ["validate"], {
      cwd: projectRoot,
      all: true,
      env: { VAGRANT_DEFAULT_PROVIDER: provider, VAGRANT_DOTFILE_PATH: join(folder, "dot") },
    })
  ).all;

describe.skipIf(withoutVagrant)("the real vagrant", () => {
  test("finds a box from a file under the name and version that the Vagrantfile asks for", async () => {
    const path = await centos("any-name.box");
    expect(await validate("libvirt")).not.toContain("this is the box");
    vi.stubEnv("GUIDE_BOX_URL", path);
    await prepareBox(silent, context);
    expect(await validate("libvirt")).toContain("this is the box");
    const box = { name: "centos/7", version: "1804.02", provider: "libvirt", sha256: await sha256(path) };
    expect(await addedBox()).toEqual(box);
    expect(await addBox(path, silent, context), "again").toEqual(box);
  });

  test("holds the box to its first digest, and says both when another one comes", async () => {
    const [first, other] = [await centos("first.box"), await centos("other.box", "another")];
    await addBox(first, silent, context);
    const error: unknown = await addBox(other, silent, context).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      verdict: "artifact",
      message: expect.stringContaining(await sha256(other)),
      details: { hint: expect.stringContaining("vagrant box remove centos/7 --box-version 1804.02") },
    });
    expect(String(error)).toContain(`recorded is ${await sha256(first)} (${first}, `);
    expect(await validate("libvirt")).toContain("this is the box");
  });

  test("takes a box that somebody added in its place for another one, and puts the first one back", async () => {
    const [first, other] = [await centos("first.box"), await centos("other.box", "another")];
    await addBox(first, silent, context);
    const catalogue = {
      name: "centos/7",
      versions: [{ version: "1804.02", providers: [{ name: "libvirt", url: `file://${other}` }] }],
    };
    await writeFile(join(folder, "own.json"), JSON.stringify(catalogue));
    await execa("vagrant", ["box", "add", "--force", join(folder, "own.json")]);
    expect(await validate("libvirt")).toContain("another");
    expect((await addedBox())?.sha256).toBeUndefined();
    await addBox(first, silent, context);
    expect(await validate("libvirt")).toContain("this is the box");
  });

  test("has VirtualBox's box beside libvirt's", async () => {
    const path = await boxFile(folder, "vb.box", { provider: "virtualbox" });
    await addBox(await centos("lv.box"), silent, context);
    expect(await addBox(path, silent, context)).toMatchObject({ provider: "virtualbox" });
    const { stdout } = await execa("vagrant", ["box", "list"]);
    expect(stdout.split("\n")).toEqual(["centos/7 (libvirt, 1804.02)", "centos/7 (virtualbox, 1804.02)"]);
    await expect(addBox(path, silent, context, "libvirt")).rejects.toThrow(
      /a box for virtualbox, not for libvirt/,
    );
  });
});

test.each([
  ["GUIDE_BOX_CHECKSUM", /has the sha256 [0-9a-f]{64}, and GUIDE_BOX_CHECKSUM says c0ffee$/],
  ["GUIDE_BOX_VERSION", /needs a version, and "c0ffee" is a version condition$/],
])("a wrong %s is refused before vagrant is asked", async (name, message) => {
  vi.stubEnv(name, "c0ffee");
  await expect(addBox(await centos("first.box"), silent, context)).rejects.toThrow(message);
  expect(existsSync(join(folder, "home"))).toBe(false);
});

test.each(["md5", "sha1", "sha256", "sha384", "sha512"])(
  "a catalogue's wrong %s is refused",
  async (kind) => {
    const box = { name: "libvirt", url: await centos("first.box"), checksum_type: kind, checksum: "C0FFEE" };
    const file = join(folder, "c.json");
    const catalogue = { name: "centos/7", versions: [{ version: "1804.02", providers: [box] }] };
    await writeFile(file, JSON.stringify(catalogue));
    await expect(addBox(file, silent, context)).rejects.toThrow(
      new RegExp(`has the ${kind} [0-9a-f]+, and its catalogue says c0ffee$`),
    );
  },
);

test("a checksum of no file is refused", async () => {
  vi.stubEnv("GUIDE_BOX_CHECKSUM", "c0ffee");
  await expect(prepareBox(silent, context)).rejects.toThrow(/and that is not set$/);
});

test("a record that is damaged is no licence to record anew", async () => {
  await writeFile(join(folder, "cache/k8s-guide-conformance/boxes.json"), "{");
  await expect(addBox(await centos("first.box"), silent, context)).rejects.toThrow(
    /boxes\.json cannot be read; it holds the digests of boxes as first used/,
  );
});

test("a password in an address is not told", async () => {
  vi.stubEnv("GUIDE_BOX_VERSION", ">= 1804");
  const attempt = addBox("http://me:secret@127.0.0.1/centos.box", silent, context);
  await expect(attempt).rejects.toThrow(/^A box from http:\/\/127\.0\.0\.1\/centos\.box needs a version/);
});

test("a download that is no box is not kept: the next call asks again", async () => {
  await using up = await site(() => "<html>Sign in</html>");
  for (let again = 0; again < 2; again += 1) {
    await expect(addBox(`${up.base}/centos.box`, silent, context)).rejects.toThrow(/centos\.box is no box/);
  }
  expect(up.asked).toEqual(["/centos.box", "/centos.box"]);
});
