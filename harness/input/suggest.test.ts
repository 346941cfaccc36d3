import { expect, test } from "vitest";
import { closestLine, closestWord, isSlipOf, suggest } from "./suggest.ts";

test.each([
  ["etdc", "etcd"],
  ["nodse", "nodes"],
  ["kube-proxi", "kube-proxy"],
  ["ndoe", undefined],
  ["zzz", undefined],
])("the word meant by %s is %s", (word, meant) => {
  expect(closestWord(word, ["etcd", "nodes", "kube-proxy", "dns"])).toBe(meant);
});

test("a hint names the nearest word, then all", () => {
  expect(suggest("etdc", ["etcd", "dns"])).toBe('did you mean "etcd"? known: etcd, dns');
  expect(suggest("zzz", ["etcd", "dns"])).toBe("known: etcd, dns");
});

test("words that are equally near are both named", () => {
  expect(suggest("ofline", ["online", "offline", "nodes"])).toBe(
    'did you mean "online" or "offline"? known: online, offline, nodes',
  );
});

test("the nearest line has the text somewhere", () => {
  expect(closestLine("stoped", ["docker is stopped", "etcd is killed"])).toBe("docker is stopped");
});

test.each([
  ["etdc", "etcd", true],
  ["etcdd", "etcd", true],
  ["etd", "etcd", true],
  ["etxd", "etcd", true],
  ["etcd", "etcd", false],
  ["tecdd", "etcd", false],
])("%s is one slip from %s: %s", (word, other, isSlip) => {
  expect(isSlipOf(word, other)).toBe(isSlip);
});
