import { expect, test } from "vitest";
import { listsIn } from "./lists.ts";
import { repositoriesIn } from "./repositories.ts";

test("the repositories that a file turns on, with CentOS 7's values for yum's variables", () => {
  const text = `# A comment
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
baseurl=https://d.example.org/$unknown\r
`;
  expect(repositoriesIn(text, "a.repo")).toEqual([
    { address: "https://a.example.org/7/x86_64/", keys: ["https://a.example.org/key", "file:///etc/key"] },
    { address: "https://d.example.org/$unknown", keys: [] },
  ]);
  expect(() => repositoriesIn("[a]\nmirrorlist=https://a.example.org/", "a.repo")).toThrow(
    "a.repo: the repository a has no baseurl",
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
