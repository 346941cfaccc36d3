import { expect, test } from "vitest";
import { foundIn as found } from "../testing.ts";

const file = (path: string, ...lines: string[]) => [
  `\`\`\`text file id=b on=all path=${path}`,
  ...lines,
  "```",
];

test("what several machines are listed in, and what one of them serves for all, is no address of one's own", async () => {
  const servers = [
    "upstream apiservers {",
    "  server 192.168.4.71:6443;",
    "  server 192.168.4.72:6443;",
    "}",
  ];
  expect(await found(...file("/etc/a.conf", ...servers))).toEqual([]);
  expect(await found(...file("/etc/a.conf", "servers=192.168.4.72:80,192.168.4.76:80"))).toEqual([]);
  expect(
    await found(...file("/etc/a.conf", "server=https://192.168.4.71:6443", "db=192.168.4.71:2379")),
  ).toEqual([]);
  expect(await found(...file("/etc/a.hosts", "192.168.4.71   etcd t71"))).toEqual([]);
  const own = (...lines: string[]) => found(...file("/etc/a.conf", ...lines));
  for (const line of ["server=192.168.4.72:6443", "bind=192.168.4.71", "bind=192.168.4.71:64430"])
    expect(await own(line, line)).toMatchObject([{ rule: "machines/address" }, { rule: "machines/address" }]);
});
