import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../../errors.ts";
import { addressesOf, parseMirrors } from "./mirrors.ts";

const k8s = "https://dl.k8s.io/v1.14.0/server.tar.gz";
const etcd = "https://github.com/etcd-io/etcd/releases/etcd.tar.gz";

describe("ARTIFACT_MIRROR", () => {
  test.each([undefined, "", " "])("%j leaves upstream's addresses", (text) => {
    expect(addressesOf("server.tar.gz", [k8s, etcd], parseMirrors(text))).toEqual([k8s, etcd]);
  });

  test("as one base has every file by its name, each once", () => {
    const mirrors = parseMirrors("http://mirror.example/all");
    expect(addressesOf("server.tar.gz", [k8s, etcd], mirrors)).toEqual([
      "http://mirror.example/all/server.tar.gz",
    ]);
  });

  test("as prefixes replaces the longest that fits and leaves the rest", () => {
    const mirrors = parseMirrors(
      "https://github.com/=http://m.example/gh, https://github.com/etcd-io/=http://m.example/etcd/?x".replace(
        "?x",
        "",
      ),
    );
    expect(addressesOf("e", [etcd, k8s], mirrors)).toEqual([
      "http://m.example/etcd/etcd/releases/etcd.tar.gz",
      k8s,
    ]);
  });

  test("names several places of the same, which are tried in turn", () => {
    const mirrors = parseMirrors(
      "https://dl.k8s.io/=http://a.example/, https://dl.k8s.io=http://b.example/, http://c.example/, http://d.example/",
    );
    expect(addressesOf("s", [k8s], mirrors)).toEqual([
      "http://a.example/v1.14.0/server.tar.gz",
      "http://b.example/v1.14.0/server.tar.gz",
    ]);
    expect(addressesOf("e", [etcd], mirrors)).toEqual(["http://c.example/e", "http://d.example/e"]);
  });

  test("replaces whole parts of a path only", () => {
    const mirrors = parseMirrors("https://github.com/etcd=http://m.example/");
    expect(addressesOf("e", [etcd], mirrors)).toEqual([etcd]);
  });

  test("knows an equals sign in a mirror's path", () => {
    const mirrors = parseMirrors("https://dl.k8s.io/=http://m.example/a=b/");
    expect(addressesOf("s", [k8s], mirrors)).toEqual(["http://m.example/a=b/v1.14.0/server.tar.gz"]);
  });

  test.each([
    ["mirror.example/k8s", '"mirror.example/k8s" is no http or https address'],
    ["ftp://mirror.example/", "is no http or https address"],
    ["https://dl.k8s.io/=/srv/mirror", "has no http or https address after the equals sign"],
    ["http://a.example/?q=1", "has a query or a fragment"],
    ["http://user:secret@[/", "…@"],
  ])("%j is refused with the part and the form", (text, message) => {
    expect(() => parseMirrors(text)).toThrow(UsageError);
    expect(() => parseMirrors(text)).toThrow(message);
    expect(() => parseMirrors(text)).not.toThrow("secret");
  });

  test("any text is a list of mirrors or a UsageError", () => {
    const words = fc.constantFrom(
      "https://",
      "http://",
      "a.example",
      "/",
      "=",
      ",",
      " ",
      "?",
      "#",
      "@",
      ":",
      "[",
      "%",
      "x",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (value) => {
        try {
          const mirrors = parseMirrors(value);
          expect(addressesOf("name", [k8s], mirrors)).toSatisfy(([address = ""]) => URL.canParse(address));
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("any two plain pairs are read back as written", () => {
    const base = fc
      .tuple(fc.domain(), fc.array(fc.stringMatching(/^[a-z0-9._=-]{1,8}$/), { maxLength: 3 }))
      .map(
        ([host, path]) =>
          `https://${host}/${path
            .filter((part) => !/^\.+$/.test(part))
            .map((part) => `${part}/`)
            .join("")}`,
      );
    fc.assert(
      fc.property(base, base, (prefix, mirror) => {
        expect(parseMirrors(`${prefix}=${mirror}`)).toEqual({
          prefixes: [{ prefix, base: mirror }],
          everything: [],
        });
      }),
    );
  });
});
