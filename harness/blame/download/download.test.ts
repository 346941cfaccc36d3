import { expect, test } from "vitest";
import { type Fetched, failedDownload, fetchedNothing } from "./download.ts";

const fetched = (fetcher: string, script: string, output: string, more: Partial<Fetched> = {}): Fetched => ({
  fetchers: [fetcher],
  alone: true,
  script,
  exitCode: 1,
  output,
  ...more,
});
const wget = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("wget", "wget https://dl.k8s.io/v1.14.0/a.tar.gz", output, { exitCode: 4, ...more });
const curl = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("curl", "curl -fsSLO https://dl.k8s.io/v1.14.0/a.tar.gz", output, more);
const yum = (output: string, more: Partial<Fetched> = {}): Fetched =>
  fetched("yum", "yum install -y wget yum-utils", output, more);
const docker = (output: string, script = "docker pull busybox"): Fetched => fetched("docker", script, output);
const kubectl = (output: string): Fetched =>
  fetched("kubectl", "kubectl apply -f https://a.example/b.yaml", output, { alone: false });
const refusedBy = (registry: string): string =>
  `Error response from daemon: Get http://${registry}/v2/: dial tcp 192.168.4.71:5000: connect: connection refused\n`;

const asked = "--2026-11-28 20:06:12--  https://dl.k8s.io/v1.14.0/a.tar.gz\n";
const repomd = "http://vault.centos.org/centos/7/os/x86_64/repodata/repomd.xml";
const key =
  "Retrieving key from https://download.docker.com/linux/centos/gpg\n\n\nGPG key retrieval failed: ";
const noMoreMirrors = "failure: repodata/repomd.xml from base: [Errno 256] No more mirrors to try.";

test.for<[string, Fetched, string]>([
  [
    "wget and a name",
    wget(
      `${asked}Resolving dl.k8s.io (dl.k8s.io)... failed: Name or service not known.\nwget: unable to resolve host address ‘dl.k8s.io’\n`,
    ),
    "dl.k8s.io was not resolved",
  ],
  [
    "wget and a closed port",
    wget(`${asked}Connecting to dl.k8s.io (dl.k8s.io)|192.0.2.7|:443... failed: Connection refused.\n`),
    "dl.k8s.io: Connection refused",
  ],
  [
    "wget and a host that was led to",
    wget(
      `${asked}HTTP request sent, awaiting response... 302 Found\n--2026-11-28 20:06:13--  https://cdn.dl.k8s.io/a\n2026-11-28 20:06:13 ERROR 503: Service Unavailable.\n`,
      { exitCode: 8 },
    ),
    "cdn.dl.k8s.io answered 503 Service Unavailable",
  ],
  [
    "wget and a 403",
    wget(`${asked}2026-11-28 20:06:12 ERROR 403: Forbidden.\n`, { exitCode: 8 }),
    "dl.k8s.io answered 403 Forbidden",
  ],
  [
    "wget and the machine's own mirror, beside another command",
    wget(
      "--2026-11-28 20:50:40--  http://127.0.0.1:17001/a.tar.gz/dl.k8s.io/v1.14.0/a.tar.gz\nConnecting to 127.0.0.1:17001... failed: Connection refused.\n",
      { alone: false },
    ),
    "the machine's mirror of dl.k8s.io: Connection refused",
  ],
  [
    "wget and a chain of trust",
    wget(
      `${asked}ERROR: cannot verify dl.k8s.io's certificate, issued by ‘/C=US/O=Google/CN=GTS CA’:\n  Unable to locally verify the issuer's authority.\n`,
      { exitCode: 5 },
    ),
    "the certificate of dl.k8s.io was not trusted",
  ],
  ["a quiet wget", wget("", { exitCode: 4 }), "dl.k8s.io: network failure (exit code 4 of wget)"],
  ["a quiet curl", curl("", { exitCode: 35 }), "dl.k8s.io: no TLS (exit code 35 of curl)"],
  ["curl and a name", curl("curl: (6) Could not resolve host: dl.k8s.io\n"), "dl.k8s.io was not resolved"],
  [
    "curl and a closed port",
    curl("curl: (7) Failed to connect to dl.k8s.io port 443 after 0 ms: Couldn't connect to server"),
    "dl.k8s.io: Failed to connect to dl.k8s.io port 443 after 0 ms: Couldn't connect to server",
  ],
  ["curl and a 500", curl("curl: (22) The requested URL returned error: 500"), "dl.k8s.io answered 500"],
  [
    "curl and a chain of trust",
    curl("curl: (60) Peer's Certificate issuer is not recognized."),
    "the certificate of dl.k8s.io was not trusted: Peer's Certificate issuer is not recognized.",
  ],
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
    "vault.centos.org answered 301 Moved Permanently, which sends to another address that was not followed",
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
    "docker and a name",
    docker(
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.2.3:53: no such host\n',
    ),
    "registry-1.docker.io was not resolved",
  ],
  [
    "docker and a limit",
    docker("Error response from daemon: toomanyrequests: You have reached your pull rate limit.\n"),
    "the host that docker asked answered toomanyrequests",
  ],
  [
    "docker and a timeout",
    docker(
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout\n',
    ),
    "registry-1.docker.io: TLS handshake timeout",
  ],
  [
    "a download that stands still",
    curl("", { late: "printed nothing for 300 s" }),
    "dl.k8s.io did not bring it to an end: printed nothing for 300 s",
  ],
  [
    "a download in a pipeline",
    curl("curl: (56) Recv failure: Connection reset by peer\ntar: Child returned status 1\n", {
      alone: false,
    }),
    "dl.k8s.io: Recv failure: Connection reset by peer",
  ],
  [
    "wget in German",
    wget(
      `${asked}Verbindungsaufbau zu dl.k8s.io (dl.k8s.io)|192.0.2.7|:443 … fehlgeschlagen: Verbindungsaufbau abgelehnt.\n`,
    ),
    "dl.k8s.io: Verbindungsaufbau abgelehnt",
  ],
  [
    "wget in German and a name, in a pipeline",
    wget("wget: kann die Host-Adresse »dl.k8s.io« nicht auflösen\n", { alone: false }),
    "dl.k8s.io was not resolved",
  ],
  [
    "wget in German and a 503",
    wget(`${asked}2026-11-28 20:06:12 FEHLER 503: Service Unavailable.\n`, { exitCode: 8 }),
    "dl.k8s.io answered 503 Service Unavailable",
  ],
  [
    "a proxy that wants a password",
    wget(`${asked}2026-11-28 20:06:12 ERROR 407: Proxy Authentication Required.\n`, { exitCode: 8 }),
    "dl.k8s.io answered 407 Proxy Authentication Required",
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
  [
    "git and a name",
    fetched(
      "git",
      "git clone https://github.com/a/b",
      "fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com; Unknown error\n",
    ),
    "github.com was not resolved",
  ],
  [
    "git and a busy host",
    fetched(
      "git",
      "git clone https://github.com/a/b",
      "fatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 503\n",
    ),
    "github.com answered 503",
  ],
  [
    "git and a closed port",
    fetched(
      "git",
      "git clone https://github.com/a/b",
      "fatal: unable to access 'https://github.com/a/b/': Failed connect to github.com:443; Connection refused\n",
    ),
    "github.com: Failed connect to github.com:443; Connection refused",
  ],
  [
    "kubectl and a host that is busy",
    kubectl(
      'error: unable to read URL "https://a.example/b.yaml", server reported 503 Service Unavailable, status code=503\n',
    ),
    "a.example answered 503 Service Unavailable",
  ],
  [
    "kubectl and a name",
    kubectl("Unable to connect to the server: dial tcp: lookup a.example on 10.0.2.3:53: no such host\n"),
    "a.example was not resolved",
  ],
  [
    "kubectl and a closed port",
    kubectl("The connection to the server a.example was refused - did you specify the right host or port?\n"),
    "a.example: refused",
  ],
  [
    "a container whose image cannot be had",
    fetched(
      "docker",
      "docker run --rm busybox true",
      `Unable to find image 'busybox:latest' locally\ndocker: Error response from daemon: Get https://registry-1.docker.io/v2/: net/http: TLS handshake timeout.\n`,
      { alone: false, exitCode: 125 },
    ),
    "registry-1.docker.io: TLS handshake timeout",
  ],
])("%s: the network", ([, failed, said]) => {
  expect(failedDownload(failed)).toMatchObject({ fault: "network", said });
});

test.for<[string, Fetched, RegExp]>([
  [
    "an address that does not exist",
    wget(`${asked}2026-11-28 20:06:12 ERROR 404: Not Found.\n`, { exitCode: 8 }),
    /^The host answers, but not for this address/,
  ],
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
  ["a wrong password", curl("curl: (22) The requested URL returned error: 401"), /The host answers/],
  [
    "mirrors that were closed for good",
    yum(
      'Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=7 error was\n14: curl#6 - "Could not resolve host: mirrorlist.centos.org; Unknown error"\nCannot find a valid baseurl for repo: base/7/x86_64\n',
    ),
    /^http:\/\/vault.centos.org has the packages of CentOS 7$/,
  ],
])("%s: the guide", ([, failed, hint]) => {
  expect(failedDownload(failed)).toMatchObject({ fault: "address", hint: expect.stringMatching(hint) });
});

test.for<[string, Fetched]>([
  [
    "a misspelt package",
    yum(
      `${repomd}: [Errno 12] Timeout\nTrying other mirror.\nNo package wgett available.\nError: Nothing to do\n`,
    ),
  ],
  [
    "an image that is not there",
    docker("Error response from daemon: manifest for busybox:nope not found: manifest unknown"),
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
  [
    "a registry on a machine of the guide",
    docker(refusedBy("192.168.4.71:5000"), "docker pull 192.168.4.71:5000/busybox"),
  ],
  ["such a registry by its name", docker(refusedBy("t71:5000"), "docker pull t71:5000/busybox")],
  [
    "the guide's own API server",
    kubectl(
      "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
    ),
  ],
  [
    "its API server, by address",
    kubectl("Unable to connect to the server: dial tcp 192.168.4.71:6443: connect: connection refused\n"),
  ],
  [
    "its certificate",
    kubectl("Unable to connect to the server: x509: certificate signed by unknown authority\n"),
  ],
  ["a container that fails by itself", fetched("docker", "docker run busybox false", "", { alone: false })],
  ["a quiet wget that was refused, for whatever reason", wget("", { exitCode: 8 })],
  [
    "a full disk",
    wget("a.tar.gz: No space left on device\nCannot write to ‘a.tar.gz’ (Success).\n", { exitCode: 3 }),
  ],
  ["nothing that downloads", { ...wget(`${asked}2026 ERROR 503: Busy.`), fetchers: [] }],
  ["another command beside it that was late", wget("", { alone: false, late: "printed nothing for 300 s" })],
  [
    "the guide's own service, asked beside a download",
    curl("curl: (7) Failed connect to 192.168.4.71:6443; Connection refused\n", {
      alone: false,
      script: "wget https://dl.k8s.io/a; curl -k https://192.168.4.71:6443/healthz",
    }),
  ],
])("%s says nothing of the kind", ([, failed]) => {
  expect(failedDownload(failed)).toBeUndefined();
});

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

test.each([
  curl("curl: (18) transfer closed with 700 bytes remaining to read"),
  curl("curl: (92) HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)"),
  docker("Error response from daemon: Get https://registry.example/v2/: EOF"),
  docker("Error response from daemon: Get https://registry.example/v2/: context deadline exceeded"),
  docker("error parsing HTTP 503 response body: invalid character '<'"),
  docker("You have reached your unauthenticated pull rate limit."),
  docker("error pulling image configuration: Get https://a.example/b: net/http: TLS handshake timeout"),
])("$output is the network's", (one) => {
  expect(failedDownload(one)?.fault).toBe("network");
});

const git = (output: string): Fetched => fetched("git", "git clone https://github.com/a/b", output);
const unable = "fatal: unable to access 'https://github.com/a/b/': ";
const pulling = "error pulling image configuration: ";

test.each([
  git("fatal: The remote end hung up unexpectedly"),
  git("error: RPC failed; result=22, HTTP code = 503\nfatal: The remote end hung up unexpectedly"),
  git("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nfatal: early EOF"),
  git(`${unable}Peer reports incompatible or unsupported protocol version.`),
  git(`${unable}Encountered end of file`),
  git(`${unable}The certificate issuer's certificate has expired. Check your system date and time.`),
  git(`${unable}gnutls_handshake() failed: The TLS connection was non-properly terminated.`),
  docker("Using default tag: latest\nlatest: Pulling from library/busybox\nunexpected EOF"),
  docker("download failed after attempts=6: dial tcp 192.0.2.7:443: i/o timeout"),
  docker(`${pulling}Get https://a.example/b: x509: certificate signed by unknown authority`),
  docker(`${pulling}download failed after attempts=6: x509: certificate has expired or is not yet valid`),
  docker(
    "Error response from daemon: Get https://registry.example/v2/: remote error: tls: handshake failure",
  ),
  docker(
    "Error response from daemon: Get https://registry.example/v2/: write tcp 10.0.2.15:4->1.2.3.4:443: write: broken pipe",
  ),
  docker(
    "Error response from daemon: Get https://registry.example/v2/: http2: server sent GOAWAY and closed the connection",
  ),
  wget(`${asked}ERROR: no certificate subject alternative name matches\n\trequested host name ‘dl.k8s.io’.`, {
    alone: false,
  }),
  wget(
    `${asked}ERROR: certificate common name ‘*.a.example’ doesn't match requested host name ‘dl.k8s.io’.`,
    { alone: false },
  ),
  wget(`${asked}ERROR: The certificate of ‘dl.k8s.io’ is not trusted.`, { alone: false }),
  wget(`${asked}ERROR: The certificate of ‘dl.k8s.io’ has expired.`, { alone: false }),
  wget(`${asked}2026-11-28 20:06:12 ERROR -1: Malformed status line.`, { alone: false }),
  curl("", { exitCode: 55 }),
  curl("", { exitCode: 77 }),
  curl("curl: (55) Send failure: Broken pipe", { alone: false }),
  curl("curl: (77) Problem with the SSL CA cert (path? access rights?)", { alone: false }),
  yum(
    "Could not get metalink https://mirrors.example.org/metalink?repo=epel-7 error was\n14: HTTPS Error 503 - Service Unavailable\nCannot retrieve metalink for repository: epel/x86_64. Please verify its path and try again",
  ),
  yum(
    "https://a.example/b.rpm: [Errno 14] HTTPS Error 503 - Service Unavailable\nTrying other mirror.\nCannot open: https://a.example/b.rpm. Skipping.\nError: Nothing to do",
  ),
])("$fetchers: $output (exit code $exitCode) is the network's as well", (one) => {
  expect(failedDownload(one)?.fault).toBe("network");
});

test.each([
  git("Permission denied (publickey).\nfatal: The remote end hung up unexpectedly"),
  git("ERROR: Repository not found.\nfatal: The remote end hung up unexpectedly"),
  git("error: RPC failed; result=22, HTTP code = 404\nfatal: The remote end hung up unexpectedly"),
  git("fatal: unable to access 'https:///a/b/': URL using bad/illegal format or missing URL"),
  git(`${unable}The requested URL returned error: 404`),
  fetched(
    "git",
    "git clone https://192.168.4.71/a",
    "fatal: unable to access 'https://192.168.4.71/a/': Encountered end of file",
  ),
  docker(
    "download failed after attempts=6: dial tcp 192.168.4.71:5000: connect: connection refused",
    "docker pull 192.168.4.71:5000/busybox",
  ),
  fetched("docker", "docker pull busybox\ndocker load < a.tar", "unexpected EOF", { alone: false }),
  docker(
    "Error response from daemon: OCI runtime create failed: write |1: broken pipe",
    "docker run busybox",
  ),
  curl("curl: (77) error setting certificate verify locations", {
    exitCode: 77,
    script: "curl --cacert /opt/ca.pem https://a.example/b",
  }),
  curl("curl: (60) SSL certificate problem", {
    exitCode: 60,
    script: "curl --cacert /opt/ca.pem https://a.example/b",
  }),
  yum(
    "https://a.example/b.rpm: [Errno 14] HTTPS Error 404 - Not Found\nTrying other mirror.\nCannot open: https://a.example/b.rpm. Skipping.\nError: Nothing to do",
  ),
  yum("Cannot open: /opt/b.rpm. Skipping.\nError: Nothing to do"),
  yum(
    "https://a.example/b.rpm: [Errno 12] Timeout\nCannot open: https://a.example/b.rpm. Skipping.\nNo package wgett available.\nError: Nothing to do",
  ),
])("$fetchers: $output (exit code $exitCode) is not the network's", (one) => {
  expect(failedDownload(one)?.fault).not.toBe("network");
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
