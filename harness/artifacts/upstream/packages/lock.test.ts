import { expect, test } from "vitest";
import { isPlain, lockText } from "./lock.ts";

test.each([
  "http://vault.centos.org/centos/7/os/x86_64/Packages/libstdc++-4.8.5-44.el7.x86_64.rpm",
  "https://download.docker.com/linux/centos/7/x86_64/stable",
  "http://mirror.example:8080/a_b/c~1^2%20d@e=f:g.rpm",
  "http://127.0.0.1:80/x.repo",
])("%s can be laid out as a path", (url) => expect(isPlain(url)).toBe(true));

test.each([
  "http://a.example/Packages/--checkpoint-action=exec=touch${IFS}was-here;echo.rpm",
  "http://a.example/-x.rpm",
  "http://a.example/.hidden/x.rpm",
  "http://a.example/%2e%2e/x.rpm",
  "http://a.example/a;b.rpm",
  "http://a.example/$(a).rpm",
  "http://a.example/a`b`.rpm",
  "http://a.example/a\\b.rpm",
  "http://a.example/a\nb.rpm",
  "http://a.example/x.rpm\n",
  "http://a.example/x.rpm?a",
  "http://a.example//x.rpm",
  "http://../escaped.rpm",
  "http://..",
  "http://.a/x.rpm",
  "http://-a/x.rpm",
  "http://a:/x.rpm",
  "http://a:b/x.rpm",
  "http://a:1:2/x.rpm",
  "http://a..b/x.rpm",
  "http://user@a.example/x.rpm",
  "file:///etc/x.rpm",
])("%j cannot", (url) => expect(isPlain(url)).toBe(false));

const lockOf = (...urls: string[]): Parameters<typeof lockText>[0] => ({
  install: [],
  repositories: [],
  files: urls.map((url) => ({ url, bytes: 1, sha256: "0".repeat(64) })),
});

test("no lock is written that could not be read or laid out", () => {
  expect(() => lockText(lockOf("http://a.example/x.rpm", "http://a.example/x.rpm.asc"))).not.toThrow();
  for (const others of [["file:///x.rpm"], ["https://a.example/x.rpm"], ["http://a.example/x.rpm/y"]]) {
    expect(() => lockText(lockOf("http://a.example/x.rpm", ...others))).toThrow("cannot be held to a lock");
  }
});
