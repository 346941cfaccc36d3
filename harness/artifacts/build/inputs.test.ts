import { assert, constantFrom, integer, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { ArtifactError, HarnessDefect } from "../../errors.ts";
import {
  checkLocked,
  type Input,
  inputNamed,
  inputNames,
  inputsOf,
  lockedFiles,
  lockedModules,
  parseUris,
} from "./inputs.ts";
import { checkModule } from "./modules.ts";

const hash = (digit: string): string => digit.repeat(64);

describe("what apt prints", () => {
  test("becomes packages and one source package, with versions", () => {
    const packages = parseUris(
      `'http://m.example/b.deb' busybox-static_1%3a1.35.0-4+deb12u1_amd64.deb 928188 SHA256:${hash("a")}\n`,
    );
    const later = parseUris(
      `'http://m.example/d.deb' docker.io_26.1.5-9_amd64.deb 23036836 SHA256:${hash("d")}\n`,
    );
    const source = parseUris(
      [
        "Reading package lists...",
        `'http://m.example/k.dsc' kubernetes_1.20.5+really1.20.2-1.1.dsc 1973 SHA256:${hash("b")}`,
        `'http://m.example/k.tar.gz' kubernetes_1.20.5+really1.20.2.orig.tar.gz 34428927 SHA256:${hash("c")}`,
      ].join("\n"),
    );
    expect(inputsOf(packages, later, source)).toEqual([
      {
        name: "busybox-static",
        version: "1:1.35.0-4+deb12u1",
        files: [{ file: "busybox-static_1%3a1.35.0-4+deb12u1_amd64.deb", bytes: 928_188, sha256: hash("a") }],
      },
      { name: "docker.io/trixie", version: "26.1.5-9", files: later },
      { name: "kubernetes", version: "1.20.5+really1.20.2-1.1", files: source },
    ]);
  });

  test("with a weaker checksum is refused", () => {
    expect(() => parseUris("'http://m.example/x.deb' x_1_all.deb 12 MD5Sum:0011")).toThrow(HarnessDefect);
  });

  test("is parsed line by line: files in their order, everything unquoted ignored", () => {
    const word = string({ unit: constantFrom("a", "Z", "0", ".", "+", "~", "%3a", "-", "_"), minLength: 1 });
    const noise = string().filter((text) => !/['\n]/.test(text));
    assert(
      property(word, integer({ min: 0 }), noise, (file, bytes, between) => {
        const line = `'http://m.example/x' ${file} ${bytes} SHA256:${hash("d")}`;
        const parsed = { file, bytes, sha256: hash("d") };
        expect(parseUris([between, line, between, line].join("\n"))).toEqual([parsed, parsed]);
      }),
    );
  });

  test("without a package is an error that says what to do", () => {
    expect(() => inputNamed([], "etcd-server")).toThrow(ArtifactError);
  });
});

describe("the lock file", () => {
  const input: Input = {
    name: "tool",
    version: "1.0-1",
    files: [{ file: "tool_1.0-1_amd64.deb", bytes: 1, sha256: hash("a") }],
  };

  test("accepts a known file and reports nothing new", () => {
    expect(checkLocked([input], { "tool_1.0-1_amd64.deb": hash("a") })).toEqual([]);
  });

  test("refuses another checksum for the same version, with both and what to do", () => {
    const check = (): unknown => checkLocked([input], { "tool_1.0-1_amd64.deb": hash("b") });
    expect(check).toThrow(ArtifactError);
    expect(check).toThrow(
      `tool_1.0-1_amd64.deb has the wrong checksum: expected ${hash("b")}, actual ${hash("a")}`,
    );
    expect(check).toThrow(
      expect.objectContaining({
        details: { hint: expect.stringContaining("harness/artifacts/build/lock.json") },
      }),
    );
  });

  test("lets a point release pass and names it", () => {
    expect(checkLocked([input], { "tool_1.0-0_amd64.deb": hash("b") })).toEqual([input]);
  });

  test("pins every input of the set", () => {
    const names = new Set(Object.keys(lockedFiles).map((file) => file.split("_")[0]));
    expect(names).toEqual(new Set(inputNames.map((name) => name.split("/")[0])));
    for (const sha256 of Object.values(lockedFiles)) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const sum of Object.values(lockedModules)) expect(sum).toMatch(/^h1:[\w+/]{43}=$/);
  });

  test("refuses a Go module with another hash, or one that is not pinned", () => {
    const locked = { "example.org/m@v1.0.0": "h1:good=" };
    expect(() => checkModule("example.org/m@v1.0.0", "h1:good=", locked)).not.toThrow();
    expect(() => checkModule("example.org/m@v1.0.0", "h1:bad=", locked)).toThrow(
      "example.org/m@v1.0.0 has the wrong checksum: expected h1:good=, actual h1:bad=",
    );
    expect(() => checkModule("example.org/m@v1.0.1", "h1:good=", locked)).toThrow(ArtifactError);
  });
});
