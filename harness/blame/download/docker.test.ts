import type { Fetched } from "./download.ts";
import { assertNetwork, assertNothing, assertNotOfNetwork, assertOfNetwork, fetched } from "./testing.ts";

const docker = (output: string, script = "docker pull busybox"): Fetched => fetched("docker", script, output);
const kubectl = (output: string): Fetched =>
  fetched("kubectl", "kubectl apply -f https://a.example/b.yaml", output, { alone: false });
const refusedBy = (registry: string): string =>
  `Error response from daemon: Get http://${registry}/v2/: dial tcp 192.168.4.71:5000: connect: connection refused
`;
const git = (output: string): Fetched => fetched("git", "git clone https://github.com/a/b", output);

const unable = "fatal: unable to access 'https://github.com/a/b/': ";
const pulling = "error pulling image configuration: ";

assertNetwork([
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
]);

assertNothing([
  [
    "an image that is not there",
    docker("Error response from daemon: manifest for busybox:nope not found: manifest unknown"),
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
]);

assertOfNetwork([
  docker("Error response from daemon: Get https://registry.example/v2/: EOF"),
  docker("Error response from daemon: Get https://registry.example/v2/: context deadline exceeded"),
  docker("error parsing HTTP 503 response body: invalid character '<'"),
  docker("You have reached your unauthenticated pull rate limit."),
  docker("error pulling image configuration: Get https://a.example/b: net/http: TLS handshake timeout"),
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
]);

assertNotOfNetwork([
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
]);
