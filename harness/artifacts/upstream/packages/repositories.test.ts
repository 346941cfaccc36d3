import { expect, test } from "vitest";
import { listsIn } from "./lists.ts";
import { repositoriesIn } from "./repositories.ts";

test("the repositories that a file turns on, with CentOS 7's values for yum's variables", () => {
  const text = `# A comment
[main]
keepcache=1
[on]
name = On
baseurl = https://a.example.org/$releasever/$basearch/
  https://b.example.org/
gpgkey=https://a.example.org/key file:///etc/key
[off]
baseurl=https://c.example.org/
enabled=0
[other]\r
enabled=1\r
baseurl=https://d.example.org/$releasever\r
`;
  expect(repositoriesIn(text, "a.repo")).toEqual([
    { address: "https://a.example.org/7/x86_64/", keys: ["https://a.example.org/key", "file:///etc/key"] },
    { address: "https://d.example.org/7", keys: [] },
  ]);
});

test.each([
  ["mirrorlist=https://a.example.org/", "no baseurl", 1],
  ...["file:///srv/rpms", "ftp://a.example.org/", "nonsense", "https://a.example.org/$unknown"].map(
    (address) => [`name=a\nbaseurl=${address}`, `the baseurl ${address}: it must be`, 3] as const,
  ),
  [
    "baseurl=https://a.example.org/\ngpgkey=file:///etc/key https://a.example.org/key?v=1",
    "the gpgkey https://a.example.org/key?v=1: it must be",
    3,
  ],
] as const)("no repository is read from %j", (text, what, line) => {
  const read = (): unknown => repositoriesIn(`[a]\n${text}`, "a.repo");
  expect(read).toThrow(`a.repo: the repository a has ${what}`);
  expect(read).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ location: { file: "a.repo", line } }) }),
  );
});

const list = (type: string): string =>
  `<data type="${type}">\n<checksum type="sha256">0</checksum>\n<location xml:base="http://a/" href="repodata/${type}.gz"/></data>`;

test("of a repository's lists, those that dnf reads", () => {
  const types = [
    "primary",
    "filelists",
    "other",
    "primary_db",
    "group_gz",
    "updateinfo",
    "filelists_zck",
    "prestodelta",
  ];
  expect(listsIn(`<repomd>${types.map(list).join("\n")}</repomd>`)).toEqual(
    ["primary", "filelists", "group_gz", "updateinfo"].map((type) => `repodata/${type}.gz`),
  );
});

test("no list is outside its repository's folder", () => {
  const repomd = list("primary").replace("primary.gz", "..");
  expect(listsIn(`<repomd>${repomd}</repomd>`)).toEqual([]);
});
