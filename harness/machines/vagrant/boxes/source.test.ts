import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silent } from "../../../progress.ts";
import { testContext, temporaryFolder } from "../../../testing.ts";
import { findBox } from "./source.ts";
import { boxFile, site } from "./testing.ts";

const wanted = { name: "centos/7", version: "1804.02", provider: "libvirt" };

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
});
afterEach(() => void vi.unstubAllEnvs());

const find = (from: string) => findBox(from, wanted, silent, testContext());
const catalogue = (url: string, more: object = {}) => ({
  name: "centos/7",
  versions: [{ version: "1804.02", providers: [{ name: "libvirt", url, ...more }] }],
});

test("a file is the box, by path or by address", async () => {
  const path = await boxFile(folder, "centos.box", { provider: "libvirt" });
  expect(await find(path)).toEqual({ path, provider: "libvirt" });
  expect(await find(`file://${path}`)).toEqual({ path, provider: "libvirt" });
});

test("a directory's only box for the provider is the box", async () => {
  const path = await boxFile(folder, "libvirt.box", { provider: "libvirt" });
  await boxFile(folder, "virtualbox.box", { provider: "virtualbox" });
  expect(await find(folder)).toEqual({ path, provider: "libvirt" });
});

test("a catalogue leads to its box, beside it too, with its checksum", async () => {
  const path = await boxFile(folder, "centos.box", { provider: "libvirt" });
  const file = join(folder, "centos.json");
  for (const url of [`file://${path}`, "centos.box"]) {
    await writeFile(file, JSON.stringify(catalogue(url, { checksum_type: "sha256", checksum: "c0ffee" })));
    const promised = { type: "sha256", hex: "c0ffee" };
    expect(await find(file)).toEqual({ path, provider: "libvirt", promised });
  }
});

test("a catalogue is known by what it says, as Vagrant's own are, whose addresses have no ending", async () => {
  const box = await readFile(await boxFile(folder, "centos.box", { provider: "libvirt" }));
  await using up = await site((path) =>
    path === "/centos/7" ? `\n${JSON.stringify(catalogue(`${up.base}/files/libvirt.box`))}` : box,
  );
  expect(await find(`${up.base}/centos/7`)).toMatchObject({ provider: "libvirt" });
  expect(up.asked).toEqual(["/centos/7", "/files/libvirt.box"]);
});

test("a directory's broken file is no hindrance to the good one beside it", async () => {
  const path = await boxFile(folder, "good.box", { provider: "libvirt" });
  await writeFile(join(folder, "broken.box"), "<html>Sign in</html>".repeat(100));
  expect(await find(folder)).toEqual({ path, provider: "libvirt" });
});

test("what is at an address is fetched, once", async () => {
  const box = await readFile(await boxFile(folder, "centos.box", { provider: "libvirt" }));
  await using up = await site((path) =>
    path.endsWith(".json") ? JSON.stringify(catalogue("centos.box")) : box,
  );
  for (let again = 0; again < 2; again += 1) {
    expect(await find(`${up.base}/centos.json`)).toMatchObject({ provider: "libvirt" });
  }
  expect(up.asked).toEqual(["/centos.json", "/centos.box"]);
});

test("a site that has a page for people, too, is asked for the catalogue", async () => {
  const box = await boxFile(folder, "centos.box", { provider: "libvirt" });
  await using up = await site((_, accept = "") =>
    accept.startsWith("application/json") ? JSON.stringify(catalogue(`file://${box}`)) : "<html>",
  );
  expect(await find(`${up.base}/centos`)).toMatchObject({ path: box });
});

test("to fetch a box needs no program of the host", async () => {
  vi.stubEnv("PATH", folder);
  const box = await readFile(await boxFile(folder, "centos.box", { provider: "libvirt" }));
  await using up = await site(() => box);
  expect(await find(`${up.base}/centos.box`)).toMatchObject({ provider: "libvirt" });
});

test.each<[string, () => Promise<string>, RegExp]>([
  ["no file", async () => join(folder, "none.box"), /^There is no box at .*none\.box: no such file$/],
  [
    "an empty directory",
    async () => {
      await mkdir(join(folder, "empty"));
      return join(folder, "empty");
    },
    /empty holds no box for libvirt$/,
  ],
  [
    "a directory with a broken one",
    async () => {
      await writeFile(join(folder, "page.box"), "<html>Sign in</html>".repeat(100));
      return folder;
    },
    /page\.box is no box: it is no whole tarball \(/,
  ],
  ["an address without a host", async () => "http://", /^http:\/\/ is no address of a box$/],
  ["an address of a file on another host", async () => "file://a.box", /^file:\/\/a\.box is no address of/],
  [
    "a catalogue that leads nowhere",
    async () => {
      await writeFile(join(folder, "c.json"), JSON.stringify(catalogue("http://")));
      return join(folder, "c.json");
    },
    /^http:\/\/ is no address of a box$/,
  ],
  [
    "a checksum of a kind that nobody knows",
    async () => {
      const more = { checksum_type: "crc32", checksum: "c0ffee" };
      await boxFile(folder, "x.box", { provider: "libvirt" });
      await writeFile(join(folder, "c.json"), JSON.stringify(catalogue("x.box", more)));
      return join(folder, "c.json");
    },
    /c\.json gives a checksum of the kind crc32, which cannot be checked$/,
  ],
  [
    "a directory with two",
    async () => {
      await boxFile(folder, "a.box", { provider: "libvirt" });
      await boxFile(folder, "b.box", { provider: "libvirt" });
      return folder;
    },
    /holds several boxes for libvirt: a\.box for libvirt, b\.box for libvirt$/,
  ],
  [
    "no tarball",
    async () => {
      await writeFile(join(folder, "page.box"), "<html>Sign in</html>".repeat(100));
      return join(folder, "page.box");
    },
    /page\.box is no box: it is no whole tarball \(/,
  ],
  [
    "nothing at all",
    async () => {
      await writeFile(join(folder, "nothing.box"), "");
      return join(folder, "nothing.box");
    },
    /nothing\.box is no box: it /,
  ],
  [
    "a tarball without metadata.json",
    () => boxFile(folder, "bare.box"),
    /bare\.box is no box: it has no metadata\.json$/,
  ],
  [
    "metadata without a provider",
    () => boxFile(folder, "mute.box", { format: "qcow2" }),
    /mute\.box is no box: its metadata\.json names no provider$/,
  ],
  [
    "a box for another provider",
    () => boxFile(folder, "other.box", { provider: "virtualbox" }),
    /other\.box is a box for virtualbox, not for libvirt$/,
  ],
  [
    "a catalogue that is none",
    async () => {
      await writeFile(join(folder, "c.json"), "{}");
      return join(folder, "c.json");
    },
    /c\.json is no catalogue of boxes: name: /,
  ],
  [
    "a catalogue without the version",
    async () => {
      const text = JSON.stringify(catalogue("x.box")).replace("1804.02", "1811.01");
      await writeFile(join(folder, "c.json"), text);
      return join(folder, "c.json");
    },
    /c\.json has no centos\/7 1804\.02 for libvirt; it has 1811\.01 for libvirt$/,
  ],
  [
    "the catalogue of another box",
    async () => {
      await writeFile(join(folder, "c.json"), JSON.stringify({ ...catalogue("x.box"), name: "debian/12" }));
      return join(folder, "c.json");
    },
    /c\.json is the catalogue of debian\/12, not of centos\/7$/,
  ],
])("%s is told, with what to do", async (_, given, message) => {
  const error: unknown = await find(await given()).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: expect.stringMatching(message),
    verdict: expect.stringMatching(/^(usage|artifact)$/),
    details: { hint: expect.stringMatching(/\.$/) },
  });
});
