import {
  asked,
  assertAddress,
  assertNetwork,
  assertNotOfNetwork,
  assertNothing,
  assertOfNetwork,
  curl,
  wget,
} from "./testing.ts";

assertNetwork([
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
    "a download that stands still",
    curl("", { late: "printed nothing for 300 s" }),
    "dl.k8s.io did not finish it: printed nothing for 300 s",
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
]);

assertAddress([
  [
    "an address that does not exist",
    wget(`${asked}2026-11-28 20:06:12 ERROR 404: Not Found.\n`, { exitCode: 8 }),
    /^The host answers, but not for this address/,
  ],
  ["a wrong password", curl("curl: (22) The requested URL returned error: 401"), /The host answers/],
]);

assertNothing([
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
]);

assertOfNetwork([
  curl("curl: (18) transfer closed with 700 bytes remaining to read"),
  curl("curl: (92) HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)"),
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
]);

assertNotOfNetwork([
  curl("curl: (77) error setting certificate verify locations", {
    exitCode: 77,
    script: "curl --cacert /opt/ca.pem https://a.example/b",
  }),
  curl("curl: (60) SSL certificate problem", {
    exitCode: 60,
    script: "curl --cacert /opt/ca.pem https://a.example/b",
  }),
]);
