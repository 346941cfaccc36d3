import { expect, test } from "vitest";
import { failedDownload } from "./download.ts";
import {
  assertAddress,
  assertNetwork,
  assertNotOfNetwork,
  assertNothing,
  assertOfNetwork,
  fetched,
  key,
  noMoreMirrors,
  repomd,
  yum,
} from "./testing.ts";

assertNetwork([
  [
    "yum and a 403",
    yum(`${repomd}: [Errno 14] HTTP Error 403 - Forbidden\nTrying other mirror.\n${noMoreMirrors}\n`),
    "vault.centos.org answered 403 Forbidden",
  ],
  [
    "yum and a way to https that it does not go",
    yum(
      `${repomd}: [Errno 14] HTTPS Error 301 - Moved Permanently\nTrying other mirror.\n${noMoreMirrors}\n`,
    ),
    "vault.centos.org answered 301 Moved Permanently, a redirect that was not followed",
  ],
  [
    "yum and a timeout",
    yum(`${repomd}: [Errno 12] Timeout on ${repomd}: (28, 'Operation too slow.')\n${noMoreMirrors}\n`),
    "vault.centos.org: Timeout",
  ],
  [
    "yum and a closed port",
    yum(
      `${repomd}: [Errno 14] curl#7 - "Failed connect to vault.centos.org:80; Connection refused"\n${noMoreMirrors}\n`,
    ),
    "vault.centos.org: Failed connect to vault.centos.org:80; Connection refused",
  ],
  [
    "yum and a key whose host has no name",
    yum(`${key}[Errno 14] curl#6 - "Could not resolve host: download.docker.com; Unknown error"\n`),
    "download.docker.com was not resolved",
  ],
  [
    "yum and a key of a busy host",
    yum(`${key}[Errno 14] HTTPS Error 503 - Service Unavailable\n`),
    "download.docker.com answered 503 Service Unavailable",
  ],
  [
    "yum and a key behind a chain of trust",
    yum(`${key}[Errno 14] curl#60 - "Peer's Certificate issuer is not recognized."\n`),
    `the certificate of download.docker.com was not trusted: Peer's Certificate issuer is not recognized.`,
  ],
  [
    "yum and a key that stands still",
    yum(`${key}[Errno 12] Timeout on https://download.docker.com/linux/centos/gpg: (28, 'Timeout')\n`),
    "download.docker.com: Timeout",
  ],
  [
    "yum that says no more than that",
    yum("Cannot find a valid baseurl for repo: base/7/x86_64\n"),
    "the host that yum asked: Cannot find a valid baseurl for repo: base/7/x86_64",
  ],
  [
    "yum with a repository that was not read, whatever it has",
    yum(`${repomd}: [Errno 14] HTTP Error 502 - Bad Gateway\n${noMoreMirrors}\nNo package wget available.\n`),
    "vault.centos.org answered 502 Bad Gateway",
  ],
  [
    "yum-config-manager",
    fetched(
      "yum-config-manager",
      "yum-config-manager --add-repo https://download.docker.com/a.repo",
      'Could not fetch/save url https://download.docker.com/a.repo to file /etc/yum.repos.d/a.repo: [Errno 14] curl#6 - "Could not resolve host: download.docker.com; Unknown error"\n',
      { exitCode: 0 },
    ),
    "download.docker.com was not resolved",
  ],
  [
    "dnf and a 403",
    fetched(
      "dnf",
      "dnf install a",
      `Errors during downloading metadata for repository 'base':\n  - Status code: 403 for ${repomd} (IP: 192.0.2.7)\nError: Failed to download metadata for repo 'base': Cannot download repomd.xml\n`,
    ),
    "vault.centos.org answered 403",
  ],
  [
    "dnf and a name",
    fetched(
      "dnf",
      "dnf install a",
      `  - Curl error (6): Couldn't resolve host name for ${repomd} [Could not resolve host: vault.centos.org]\n`,
    ),
    "vault.centos.org was not resolved",
  ],
  [
    "yum in German that was told by no mirror",
    yum(
      `${repomd}: [Errno 14] HTTP Error 503 - Service Unavailable\nVersuche anderen Spiegelserver.\nfailure: a: [Errno 256] Keine weiteren Spiegelserver.\n`,
    ),
    "vault.centos.org answered 503 Service Unavailable",
  ],
  [
    "rpm and a key",
    fetched(
      "rpm",
      "rpm --import https://download.docker.com/gpg",
      "curl: (6) Could not resolve host: download.docker.com; Unknown error\nerror: https://download.docker.com/gpg: import read failed(2).\n",
    ),
    "download.docker.com was not resolved",
  ],
]);

assertAddress([
  [
    "such a repository",
    yum(`${repomd}: [Errno 14] HTTP Error 404 - Not Found\n${noMoreMirrors}\n`),
    /The host answers/,
  ],
  [
    "a key that is not there, beside a mirror that another one stood in for",
    yum(
      `${repomd}: [Errno 12] Timeout\nTrying other mirror.\n${key}[Errno 14] HTTPS Error 404 - Not Found\n`,
    ),
    /The host answers/,
  ],
  [
    "mirrors that were closed for good",
    yum(
      'Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=7 error was\n14: curl#6 - "Could not resolve host: mirrorlist.centos.org; Unknown error"\nCannot find a valid baseurl for repo: base/7/x86_64\n',
    ),
    /^http:\/\/vault.centos.org has the packages of CentOS 7$/,
  ],
]);

assertNothing([
  [
    "a misspelt package",
    yum(
      `${repomd}: [Errno 12] Timeout\nTrying other mirror.\nNo package wgett available.\nError: Nothing to do\n`,
    ),
  ],
  [
    "yum's own error after a mirror that another one stood in for",
    yum(
      `${repomd}: [Errno 12] Timeout\nTrying other mirror.\nError: Package: docker-ce requires container-selinux\n`,
    ),
  ],
  [
    "a missing file with a key, beside such a mirror",
    yum(
      `${repomd}: [Errno 12] Timeout\nTrying other mirror.\nGPG key retrieval failed: [Errno 14] curl#37 - "Couldn't open file /etc/pki/rpm-gpg/KEY"\n`,
    ),
  ],
  [
    "such an error in German",
    yum(
      `${repomd}: [Errno 14] HTTP Error 503\nVersuche anderen Spiegelserver.\nKein Paket wgett verfügbar.\nFehler: Nichts zu tun\n`,
    ),
  ],
]);

assertOfNetwork([
  yum(
    "Could not get metalink https://mirrors.example.org/metalink?repo=epel-7 error was\n14: HTTPS Error 503 - Service Unavailable\nCannot retrieve metalink for repository: epel/x86_64. Please verify its path and try again",
  ),
  yum(
    "https://a.example/b.rpm: [Errno 14] HTTPS Error 503 - Service Unavailable\nTrying other mirror.\nCannot open: https://a.example/b.rpm. Skipping.\nError: Nothing to do",
  ),
]);

assertNotOfNetwork([
  yum(
    "https://a.example/b.rpm: [Errno 14] HTTPS Error 404 - Not Found\nTrying other mirror.\nCannot open: https://a.example/b.rpm. Skipping.\nError: Nothing to do",
  ),
  yum("Cannot open: /opt/b.rpm. Skipping.\nError: Nothing to do"),
  yum(
    "https://a.example/b.rpm: [Errno 12] Timeout\nCannot open: https://a.example/b.rpm. Skipping.\nNo package wgett available.\nError: Nothing to do",
  ),
]);

test("a repository on one of the guide's own machines is the guide's to serve, whoever asks it", () => {
  const asked = {
    fetchers: ["yum"],
    alone: true,
    script: "yum install -y docker-ce",
    exitCode: 1,
    output: `http://192.168.4.71/repo/repodata/repomd.xml: [Errno 14] curl#7 - "Failed connect to 192.168.4.71:80; Connection refused"
Trying other mirror.
failure: repodata/repomd.xml from local: [Errno 256] No more mirrors to try.
`,
  };
  expect(failedDownload(asked)?.fault).toBe("network");
  expect(failedDownload({ ...asked, machines: ["t71", "192.168.4.71"] })).toBeUndefined();
});
