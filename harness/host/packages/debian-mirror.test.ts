import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { debianMirror, firstArchive, hostTargets, mirrorOf, sourcesText } from "./debian-mirror.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

/** What apt reads from source files with these names and texts. */
async function mirrorFrom(files: Readonly<Record<string, string>>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const options = ["-o", "Dir::Etc::sourcelist=/dev/null", "-o", `Dir::Etc::sourceparts=${folder}`];
  return mirrorOf(await hostTargets(options));
}

describe("the host's own mirror", () => {
  test("in deb822 format, among other archives", async () => {
    const mirror = await mirrorFrom({
      "a.sources":
        "Types: deb\nURIs: http://other.example/apt\nSuites: bookworm\nComponents: main\nTrusted: yes\n",
      "debian.sources": [
        "Types: deb deb-src\nURIs: http://mirror.example/pub/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\n",
        "Types: deb\nURIs: http://mirror.example/pub/debian-security\nSuites: bookworm-security\nComponents: main\n",
      ].join("\n"),
    });
    expect(mirror).toEqual({
      archive: "http://mirror.example/pub/debian/",
      security: "http://mirror.example/pub/debian-security/",
    });
  });

  test("in one-line format, with options, a comment and no security archive", async () => {
    const mirror = await mirrorFrom({
      "debian.list": [
        "# deb http://old.example/debian bookworm main",
        "deb [arch=amd64 signed-by=/k.gpg] https://mirror.example/debian bookworm main non-free",
      ].join("\n"),
    });
    expect(mirror).toEqual({ archive: "https://mirror.example/debian/" });
  });

  test("as a list of mirrors", async () => {
    const uris = "mirror+file:/etc/apt/mirrors/debian.list";
    const mirror = await mirrorFrom({
      "debian.sources": `Types: deb\nURIs: ${uris}\nSuites: bookworm\nComponents: main\n`,
    });
    expect(mirror).toEqual({ archive: `${uris}/` });
  });

  test("that is missing is an error that names the variable", async () => {
    await expect(mirrorFrom({})).rejects.toMatchObject({
      name: "UsageError",
      details: { hint: expect.stringContaining("GUIDE_DEBIAN_MIRROR=") },
    });
  });
});

describe("GUIDE_DEBIAN_MIRROR", () => {
  test("goes before the host's mirror", async () => {
    const env = { GUIDE_DEBIAN_MIRROR: "http://named.example/debian" };
    expect(await debianMirror(env)).toEqual({ archive: "http://named.example/debian" });
  });

  test.each(["mirror.example", "http://a.example/debian\nTypes: deb", "http://a b/"])(
    "is refused when it reads %j",
    async (text) => {
      await expect(debianMirror({ GUIDE_DEBIAN_MIRROR: text })).rejects.toBeInstanceOf(UsageError);
    },
  );
});

test("the sources ask for packages and sources of bookworm, signed by Debian", () => {
  expect(sourcesText({ archive: "http://m.example/debian", security: "http://m.example/sec" })).toBe(
    `Types: deb deb-src
URIs: http://m.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://m.example/sec
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  );
});

describe("the archive for a program other than apt", () => {
  test("is apt's own, where that is one archive", async () => {
    const archive = "http://mirror.example/debian";
    expect(await firstArchive({ archive })).toBe(archive);
  });

  test("is the first of a list of mirrors", async () => {
    const list = join(folder, "debian.list");
    await writeFile(list, "\nhttp://near.example/debian\thttp://far.example/debian\n");
    expect(await firstArchive({ archive: `mirror+file:${list}` })).toBe("http://near.example/debian");
  });

  test("is missed where the list is empty", async () => {
    const list = join(folder, "debian.list");
    await writeFile(list, "");
    await expect(firstArchive({ archive: `mirror+file:${list}` })).rejects.toThrow(UsageError);
  });
});
