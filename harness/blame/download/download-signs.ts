/** What an answer was about. */
export type Kind = "status" | "name" | "connection" | "trust" | "other";

/** Words of a program at its end, with the host where they have one in a group of that name. */
export const signs: readonly (readonly [kind: Kind, sign: RegExp])[] = [
  // wget, yum, dnf, curl, docker
  // The word between time and code is in the reader's language.
  ["status", /(?:\bERROR|^\d{4}-\d\d-\d\d [\d:]{8} \S+) (?<status>[45]\d\d): (?<words>[^\n]*?)\.?$/],
  ["status", /(?:\[Errno 14\]|^14:) (?:HTTPS?|FTP) Error (?<status>[3-5]\d\d)(?: - (?<words>.*))?/],
  ["status", /Status code: (?<status>[3-5]\d\d) for/],
  ["status", /curl: \(22\) The requested URL returned error: (?<status>[45]\d\d)(?: (?<words>.*))?/],
  ["status", /unexpected HTTP status: (?<status>[45]\d\d)(?: (?<words>.*))?/],
  ["status", /error parsing HTTP (?<status>[45]\d\d) response/],
  [
    "status",
    /unable to read URL "[^"]*", server reported (?<status>[45]\d\d)(?: (?<words>.*?))?(?:, status code=\d+)?$/,
  ],
  ["status", /fatal: unable to access .*The requested URL returned error: (?<status>[45]\d\d)/],
  ["status", /RPC failed; (?:result=22, HTTP code =|HTTP) (?<status>[345]\d\d)/],
  ["status", /\b(?<words>toomanyrequests|pull rate limit)\b/],
  ["name", /unable to resolve host address [‘'`"]?(?<host>[\w.-]+)/],
  // In other languages: nothing else that wget says at its end has a host in quotes.
  ["name", /^wget: .*[«»„“”‘’'"`](?<host>[\w-]+(?:\.[\w-]+)+)[«»„“”‘’'"`]/],
  [
    "name",
    /(?:fatal: unable to access .*[Cc]ould not resolve host|ssh: Could not resolve hostname):? (?<host>[\w.-]+\w)/,
  ],
  ["name", /(?:^error:|^Unable to connect to the server:) .*dial tcp: lookup (?<host>[\w.-]+\.[\w-]+)\b/],
  [
    "name",
    /(?:curl: \(6\)|curl#6|Curl error \(6\)).*?(?:[Rr]esolv\w+ host(?: ?name)?:? ?(?<host>[\w.-]+\.[\w.-]+)?)/,
  ],
  [
    "name",
    /(?:Error response from daemon|download failed after attempts=\d).* lookup (?<host>[\w.-]+).*(?:no such host|server misbehaving|try again|timeout)/,
  ],
  ["trust", /ERROR: cannot verify (?<host>[\w.-]+)'s certificate/],
  ["trust", /^ERROR: (?<words>(?:no |The )?certificate\b[^\n]*)/],
  [
    "trust",
    /(?:curl: \((?:51|60|77)\)|curl#(?:51|60|77)\b|Curl error \((?:51|60|77)\))[ :-]*"?(?<words>[^"\n]*)/,
  ],
  [
    "trust",
    /(?:Error response from daemon|error pulling image configuration|download failed after attempts=\d).*(?<words>x509: .*)/,
  ],
  ["connection", /^Connecting to .*failed: (?<words>.*?)\.?$/],
  ["connection", /(?<host>[\w.-]+) ?(?:\([\w.-]+\))?\|[\da-f.:]+\|:\d+ ?(?:\.\.\.|…).*?: (?<words>.*?)\.?$/],
  [
    "trust",
    /fatal: unable to access .*(?<words>(?:SSL certificate problem|server certificate verification failed|Peer's|The certificate).*)/,
  ],
  // All that libcurl says but for what it says of the address itself.
  ["connection", /fatal: unable to access \S*:\/\/\S+ (?!URL |Protocol |The requested URL )(?<words>.*)/],
  ["connection", /fatal: (?<words>unable to connect to.*)/],
  ["other", /fatal: (?<words>[Tt]he remote end hung up.*|early EOF)/],
  [
    "connection",
    /^(?:error:|Unable to connect to the server:).* dial tcp (?<host>[\d.]+(?::\d+)?): (?:connect: )?(?<words>.*)/,
  ],
  // The server may be one that has a manifest.
  ["connection", /The connection to the server (?<host>[\w.-]+(?::\d+)?) was (?<words>refused)/],
  ["connection", /(?<words>Unable to establish SSL connection|Giving up)\.$/],
  ["connection", /\bERROR -1: (?<words>[^\n]*?)\.?$/],
  ["connection", /(?:curl: \(7\)|curl#7)[ :-]*"?(?<words>Failed (?:to )?connect to (?<host>[\w.-]+)[^"\n]*)/],
  [
    "connection",
    /(?:curl: \((?:5|7|16|18|28|35|52|55|56|92|97)\)|(?:curl#|Curl error \()(?:5|7|16|18|28|35|52|55|56|92|97)\b\)?)[ :-]*"?(?<words>[^"\n]*)/,
  ],
  ["connection", /\[Errno 12\] (?<words>Timeout)/],
  [
    "connection",
    /download failed after attempts=\d.* dial tcp (?<host>[\d.]+(?::\d+)?): (?:connect: )?(?<words>.*)/,
  ],
  [
    "connection",
    /(?:Error response from daemon(?!: OCI )|error pulling image configuration|download failed after attempts=\d).*?(?<words>TLS handshake timeout|i\/o timeout|context deadline exceeded|EOF$|connection refused|connection reset by peer|broken pipe|GOAWAY|unexpected EOF|tls: handshake failure|network is unreachable|no route to host|Client\.Timeout exceeded.*)/,
  ],
  ["connection", /^(?<words>unexpected EOF)$/],
  ["other", /(?<words>\[Errno 256\] No more mirrors to try|Cannot find a valid baseurl for repo: \S+)/],
  [
    "other",
    /(?<words>(?:Failed to download|Cannot retrieve|Error(?:s during)? downloading) (?:repository )?(?:metadata|metalink|packages).*)/,
  ],
];
