import * as fc from "fast-check";
import { expect, test } from "vitest";
import { InfrastructureError } from "../../../errors.ts";
import { parseState, sections, texts } from "./state.ts";
import { anyName, anyValue, stateOf } from "../testing.ts";

test("each section has its things with their values, each text its lines in their order", () => {
  const { things, texts: lines } = stateOf(
    ["place", "directory", "/k8s"],
    ["unit", "enabled", "etcd.service"],
    ["iptables", "", "*filter"],
    ["unit", "disabled", "firewalld.service"],
    ["iptables", "", ":INPUT ACCEPT [0:0]"],
    ["iptables", "", "*filter"],
    ["link", "", "docker0"],
  );
  expect(things.place).toEqual(new Map([["/k8s", "directory"]]));
  expect(things.unit).toEqual(
    new Map([
      ["etcd.service", "enabled"],
      ["firewalld.service", "disabled"],
    ]),
  );
  expect(things.link).toEqual(new Map([["docker0", ""]]));
  expect(lines.iptables).toEqual(["*filter", ":INPUT ACCEPT [0:0]", "*filter"]);
  expect(lines.ip6tables).toEqual([]);
});

test("a state has every section and every text, if the host has nothing of it", () => {
  const { things, texts: lines } = parseState("end\t\t\n");
  expect(Object.keys(things).toSorted()).toEqual(sections.toSorted());
  expect(Object.keys(lines).toSorted()).toEqual(texts.toSorted());
});

test("names and lines may hold tabs", () => {
  const { things, texts: lines } = stateOf(
    ["file", "f 0644 root:root", "/etc/a\tb\tc"],
    ["authorized_keys", "", "\tssh-rsa\tAAAA"],
  );
  expect([...things.file.keys()]).toEqual(["/etc/a\tb\tc"]);
  expect(lines.authorized_keys).toEqual(["\tssh-rsa\tAAAA"]);
});

test("a name that is there more than once is numbered, but a file that is seen twice is one", () => {
  const { things } = stateOf(
    ["mount", "tmpfs a", "/mnt"],
    ["mount", "tmpfs b", "/mnt"],
    ["mount", "tmpfs c", "/mnt"],
    ["file", "f 0644 root:root", "/etc/passwd"],
    ["file", "f 0644 root:root", "/etc/passwd"],
  );
  expect([...things.mount]).toEqual([
    ["/mnt", "tmpfs a"],
    ["/mnt #2", "tmpfs b"],
    ["/mnt #3", "tmpfs c"],
  ]);
  expect(things.file.size).toBe(1);
});

test("where a file's hash is known, its size and time say nothing", () => {
  const { things } = stateOf(
    ["content", "12 1000.5", "/etc/passwd"],
    ["content", "13 1000.5", "/usr/bin/ls"],
    ["hash", "abc", "/etc/passwd"],
  );
  expect([...things.content.keys()]).toEqual(["/usr/bin/ls"]);
  expect(things.hash.get("/etc/passwd")).toBe("abc");
});

test.each(["nonsense\t\tx", "File\t\tx", "sh: 1: stat: not found", "constructor\t\tx", "__proto__\t\tx"])(
  "the line %j is not understood",
  (line) => {
    expect(() => parseState(`place\tdirectory\t/k8s\n${line}\nend\t\t\n`)).toThrow(InfrastructureError);
  },
);

test("whatever names and values a host has, they come back", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...sections),
      fc.uniqueArray(fc.tuple(anyName, anyValue), { selector: ([name]) => name }),
      (section, pairs) => {
        const { things } = stateOf(...pairs.map(([name, value]) => [section, value, name] as const));
        expect([...things[section]]).toEqual(pairs);
      },
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(anyName), (text, lines) => {
      expect(stateOf(...lines.map((line) => [text, "", line] as const)).texts[text]).toEqual(lines);
    }),
  );
});
