import { expect, test } from "vitest";
import { failedDownload, fetchedNothing } from "./download.ts";
import { wget, curl, yum, asked, repomd, noMoreMirrors } from "./testing.ts";

test("a host's address that is not reached says nothing where another one of it answers", () => {
  const failed = "Connecting to dl.k8s.io|2606::1|:443... failed: Network is unreachable.\n";
  const answered =
    "Connecting to dl.k8s.io|1.2.3.4|:443... connected.\n2026-11-28 20:06:13 ERROR 404: Not Found.\n";
  expect(failedDownload(wget(`${asked}${failed}${answered}`, { exitCode: 8 }))).toMatchObject({
    fault: "address",
    said: "dl.k8s.io answered 404 Not Found",
  });
  expect(failedDownload(wget(`${asked}${failed}`))).toMatchObject({ fault: "network" });
});

test("hints say what cannot be told apart", () => {
  expect(failedDownload(curl("curl: (6) Could not resolve host: dl.k8z.io"))?.hint).toContain(
    "misspelt host name",
  );
  const moved = yum(`${repomd}: [Errno 14] HTTPS Error 301 - Moved Permanently\n${noMoreMirrors}\n`);
  expect(failedDownload(moved)?.hint).toContain("does not follow http to https");
});

test("yum-config-manager that got nothing has not ended well, whatever its exit code", () => {
  const output =
    "Could not fetch/save url https://a.example/a.repo to file /etc/yum.repos.d/a.repo: [Errno 14]";
  expect(fetchedNothing(["yum-config-manager"], output)).toBe(true);
  expect(fetchedNothing(["yum-config-manager"], "repo saved to /etc/yum.repos.d/a.repo")).toBe(false);
  expect(fetchedNothing(["wget"], output)).toBe(false);
});
