import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { debianMirror, parseDeb822, parseOneLine } from "./mirror.ts";

const debian = "http://archive.example/debian";

const deb822 = `Types: deb deb-src
# a remark
URIs: ${debian}
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main
`;

const vendor = "deb https://vendor.example/apt vendor-bookworm main\n";

describe("apt's sources", () => {
  it("reads stanzas with continued fields", () => {
    expect(parseDeb822(deb822)).toEqual([
      { uri: debian, suite: "bookworm", components: ["main"] },
      { uri: debian, suite: "bookworm-updates", components: ["main"] },
      { uri: "http://archive.example/debian-security", suite: "bookworm-security", components: ["main"] },
    ]);
  });

  it("leaves out what is disabled or for sources alone", () => {
    expect(parseDeb822(`Enabled: no\n${deb822.split("\n\n")[0] ?? ""}`)).toEqual([]);
    expect(parseDeb822("Types: deb-src\nURIs: http://x/\nSuites: sid\n")).toEqual([]);
  });

  it("reads lines with options, remarks and several components", () => {
    const line = `# deb http://old/ x main\ndeb [arch=amd64 signed-by=/k.gpg] ${debian} bookworm main contrib # ours\n`;
    expect(parseOneLine(line)).toEqual([{ uri: debian, suite: "bookworm", components: ["main", "contrib"] }]);
  });

  it("never fails, whatever is in the files", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(parseDeb822(text)).toBeInstanceOf(Array);
        expect(parseOneLine(text)).toBeInstanceOf(Array);
      }),
    );
  });
});

describe("the archive to build from", () => {
  let apt: string;
  beforeEach(async () => {
    apt = await mkdtemp(join(tmpdir(), "apt-"));
    await mkdir(join(apt, "sources.list.d"));
  });
  afterEach(() => rm(apt, { recursive: true }));
  const source = (name: string, text: string): Promise<void> =>
    writeFile(join(apt, "sources.list.d", name), text);

  it("is Debian's, among those of vendors", async () => {
    await source("a.list", `${vendor}deb https://other.example/packages bookworm main\n`);
    await source("debian.sources", deb822);
    expect(await debianMirror({}, apt)).toBe(debian);
  });

  it("is found in the one-line file", async () => {
    await writeFile(join(apt, "sources.list"), `deb ${debian}/ trixie main\n`);
    expect(await debianMirror({}, apt)).toBe(`${debian}/`);
  });

  it("is the first of a list of mirrors, as Debian's cloud images have it", async () => {
    const list = join(apt, "mirrors.list");
    await writeFile(list, `${debian}\nhttp://second.example/debian\n`);
    await source("debian.sources", deb822.replace(debian, `mirror+file://${list}`));
    expect(await debianMirror({}, apt)).toBe(debian);
  });

  it("is the one that the user names", async () => {
    await source("debian.sources", deb822);
    expect(await debianMirror({ GUIDE_DEBIAN_MIRROR: "http://mine.example/d" }, apt)).toBe(
      "http://mine.example/d",
    );
  });

  it("is asked for where apt has none", async () => {
    await source("vendor.list", vendor);
    await expect(debianMirror({}, apt)).rejects.toThrow(InfrastructureError);
  });
});
