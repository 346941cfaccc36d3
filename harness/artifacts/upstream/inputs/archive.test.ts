import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import * as fc from "fast-check";
import { Header } from "tar";
import { describe, expect, test } from "vitest";
import { escapeOf, faultOfImages, faultOfTarball, type Member } from "./archive.ts";
import { imagesArchive, tarball } from "../testing.ts";
import { temporaryFolder } from "../../../testing.ts";

const link = (path: string, target: string): Member => ({ path, type: "SymbolicLink", target });
const file = (path: string): Member => ({ path, type: "File" });

describe("members that stay inside", () => {
  test.each([
    [[file("a"), file("./b/c"), { path: "b/", type: "Directory" }]],
    [[link("a/b", "../c"), link("c", "a"), link("self", ".")]],
    [[{ path: "hard", type: "Link", target: "a/b" }]],
  ])("%j are accepted", (members) => {
    expect(escapeOf(members)).toBeUndefined();
  });

  test.each<[Member[], string]>([
    [[file("/etc/passwd")], "absolute path /etc/passwd"],
    [[file("a/../../b")], "the path a/../../b"],
    [[file("..")], "the path .."],
    [[link("a", "/etc")], "the link a to the absolute path /etc"],
    [[link("a", "..")], "the link a to .."],
    [[link("a/b", "../../x")], "the link a/b to ../../x"],
    [[link("p/q/l", "../.."), link("m", "p/q/l/../x")], "the link m to p/q/l/../x"],
    [[link("d", "."), file("d/x")], "d/x below the link d"],
    [[{ path: "hard", type: "Link", target: "../x" }], "the link hard to ../x"],
    [[{ path: "hard", type: "Link", target: "/etc/shadow" }], "to the absolute path"],
    [[{ path: "null", type: "CharacterDevice" }], "null, which is a CharacterDevice"],
  ])("%j are refused", (members, why) => {
    expect(escapeOf(members)).toContain(why);
  });

  test("whatever links they hold: what is accepted never leads out, followed as the kernel does", () => {
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("a", "b") },
      { weight: 3, arbitrary: fc.constantFrom("..") },
      { weight: 1, arbitrary: fc.constantFrom(".", "") },
    );
    const member = fc.record<Member>({
      path: pathOf(fc.oneof({ weight: 9, arbitrary: fc.constantFrom("a", "b") }, part)),
      type: fc.constantFrom("File", "Directory", "SymbolicLink", "SymbolicLink", "Link"),
      target: pathOf(part),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 4 }), (members) => {
        const accepted = escapeOf(members) === undefined;
        expect(accepted && unpack(members).includes(outside)).toBe(false);
      }),
      { numRuns: 30_000 },
    );
  });
});

const pathOf = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

const outside = "outside";
const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "" && part !== ".");

/** Where each member comes to lie, and where links then point, if nothing but the links themselves is checked. */
function unpack(members: readonly Member[]): string[] {
  const links = new Map<string, string>();
  const places: string[] = [];
  for (const { path, type, target = "" } of members) {
    const parts = partsOf(path);
    const name = parts.pop() ?? "";
    const folder = path.startsWith("/") ? outside : follow(parts, links);
    if (folder === outside || name === "..") return [outside];
    const place = [...partsOf(folder), name].join("/");
    if (type === "SymbolicLink") links.set(place, target);
    places.push(place, type === "Link" ? follow(partsOf(target), links) : place);
  }
  return [...places, ...[...links.keys()].map((place) => follow(partsOf(place), links))];
}

/** Follows a path through links as path_resolution(7) does; a loop ends nowhere, so it stays inside. */
function follow(parts: readonly string[], links: ReadonlyMap<string, string>): string {
  const left = [...parts];
  const at: string[] = [];
  for (let steps = 0; left.length > 0 && steps < 200; steps += 1) {
    const part = left.shift() ?? "";
    if (part === "..") {
      if (at.pop() === undefined) return outside;
      continue;
    }
    at.push(part);
    const target = links.get(at.join("/"));
    if (target === undefined) continue;
    if (target.startsWith("/")) return outside;
    at.pop();
    left.unshift(...partsOf(target));
  }
  return at.join("/");
}

describe("a tarball", () => {
  test("that holds what the guide needs is accepted, as tar(1) packs it too", async () => {
    const folder = temporaryFolder();
    const path = await tarball(folder, "t.tar.gz", { "k/bin/tool": "x", "k/README": "y" });
    expect(await faultOfTarball(path, ["k/bin/tool"])).toBeUndefined();
    await writeFile(join(folder, "tool"), "x");
    const other = join(folder, "o.tar.gz");
    await execa("tar", ["-czf", other, "-C", folder, "./tool"]);
    expect(await faultOfTarball(other, ["tool"])).toBeUndefined();
  });

  test("without a file of the guide is refused with its path; a folder of that name is none", async () => {
    const folder = temporaryFolder();
    const path = await tarball(folder, "t.tar.gz", { "k/bin/tool": "x" });
    expect(await faultOfTarball(path, ["k/bin/tool", "k/bin/other"])).toBe(
      "lacks k/bin/other, which the guide needs",
    );
    expect(await faultOfTarball(path, ["k/bin"])).toContain("lacks k/bin");
  });

  test("cut short anywhere is refused", async () => {
    const folder = temporaryFolder();
    const path = await tarball(folder, "t.tar.gz", {
      tool: Buffer.from(crypto.getRandomValues(new Uint8Array(50_000))),
    });
    const whole = await readFile(path);
    for (const length of [3, 100, 20_000, whole.length - 1]) {
      await writeFile(path, whole);
      await truncate(path, length);
      expect(await faultOfTarball(path, ["tool"])).toMatch(/^is cut short|^cannot be unpacked/);
    }
  });

  test("cut before it was compressed is refused", async () => {
    const folder = temporaryFolder();
    const plain = await tarball(folder, "t.tar", { tool: Buffer.alloc(20_000) }, { gzip: false });
    const path = join(folder, "t.tar.gz");
    await writeFile(path, gzipSync((await readFile(plain)).subarray(0, 5_000)));
    expect(await faultOfTarball(path, ["tool"])).toMatch(/^is cut short/);
  });

  test("with a flipped byte is refused", async () => {
    const folder = temporaryFolder();
    const path = await tarball(folder, "t.tar.gz", {
      tool: Buffer.from(crypto.getRandomValues(new Uint8Array(50_000))),
    });
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(30_000) ^ 1, 30_000);
    await writeFile(path, bytes);
    expect(await faultOfTarball(path, ["tool"])).toMatch(/^cannot be unpacked/);
  });

  test.each(["", "plain text", "<html>"])("that is %j is no gzip file", async (content) => {
    const folder = temporaryFolder();
    const path = join(folder, "t.tar.gz");
    await writeFile(path, content);
    expect(await faultOfTarball(path, ["tool"])).toBe("is no gzip file");
  });

  test.each([
    ["File", "/etc/cron.d/evil", "", "holds the absolute path /etc/cron.d/evil"],
    ["File", "../evil", "", "holds the path ../evil"],
    ["SymbolicLink", "evil", "../../etc", "holds the link evil to ../../etc"],
  ] as const)("with the %s %s is refused", async (type, path, linkpath, why) => {
    const folder = temporaryFolder();
    const header = new Header({ path, type, linkpath, size: 0, mode: 0o644, mtime: new Date(0) });
    const block = Buffer.alloc(512);
    header.encode(block);
    const archive = join(folder, "t.tar.gz");
    await writeFile(archive, gzipSync(Buffer.concat([block, Buffer.alloc(1024)])));
    expect(await faultOfTarball(archive, [])).toContain(why);
  });
});

test("an archive of images must name both", async () => {
  const folder = temporaryFolder();
  expect(await faultOfImages(await imagesArchive(folder))).toBeUndefined();
  const other = await tarball(folder, "o.tar", { "manifest.json": "[]" }, { gzip: false });
  expect(await faultOfImages(other)).toContain("lacks the image");
});
