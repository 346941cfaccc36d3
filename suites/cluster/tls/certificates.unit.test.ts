import { once } from "node:events";
import { connect, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { createServer, type Server, type TlsOptions } from "node:tls";
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acceptedUntil, chainsTo, factsOf, forgeClient, type Identity } from "./certificates.ts";
import { answered, type TlsAnswer, type TlsRequest, tlsRequest } from "./tls.ts";
import * as x509 from "./x509.ts";

const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** A CA, and a server certificate of it for 127.0.0.1 that is also a client's, like the guide's. */
async function authority(
  name: string,
  subject = "CN=etcd, O=k8s",
): Promise<{ ca: string; server: Identity }> {
  const [caKeys, keys] = await Promise.all(
    [0, 1].map(() => crypto.subtle.generateKey(rsa, true, ["sign", "verify"])),
  );
  if (!caKeys || !keys) throw new Error("no keys");
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_540_000) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name,
    keys: caKeys,
    ...validity,
    extensions: [new x509.BasicConstraintsExtension(true)],
  });
  const server = await x509.X509CertificateGenerator.create({
    subject,
    issuer: name,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    ...validity,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "kubernetes" },
      ]),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
    ],
  });
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
    "PRIVATE KEY",
  );
  return { ca: ca.toString("pem"), server: { cert: server.toString("pem"), key } };
}

let real: Awaited<ReturnType<typeof authority>>;
let server: Server;

beforeAll(async () => {
  real = await authority("CN=etcd CA, C=CN");
  server = await serve({ ...real.server, ca: real.ca, requestCert: true, rejectUnauthorized: true });
});

/** A server that answers with the request's first line. */
async function serve(options: TlsOptions): Promise<Server> {
  const listener = createServer(options, (socket) => {
    socket.once("data", (request) => {
      socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${request.toString().split("\r\n")[0]}`);
    });
  });
  listener.on("tlsClientError", () => undefined);
  await once(listener.listen(0, "127.0.0.1"), "listening");
  return listener;
}

afterAll(() => server.close());

function ask(options: Partial<TlsRequest>, listener: TcpServer = server): Promise<TlsAnswer> {
  const address = listener.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const stream = connect(port, "127.0.0.1");
  return tlsRequest(stream, { host: "127.0.0.1", port, ca: real.ca, path: "/health", ...options });
}

test("a certificate is taken apart", () => {
  expect(factsOf(new X509Certificate(real.server.cert))).toEqual({
    subject: ["CN=etcd", "O=k8s"],
    names: ["DNS:kubernetes", "IP:127.0.0.1"],
    isCa: false,
    keyType: "rsa",
    keyBits: 2048,
    usages: ["digitalSignature", "keyEncipherment"],
    extendedUsages: ["clientAuth", "serverAuth"],
    validityHours: 1,
  });
  expect(factsOf(new X509Certificate(real.ca)).isCa).toBe(true);
});

test("a certificate is of use until it ends, or its CA does", () => {
  const [sooner, later] = ["2024-04-01", "2029-04-01"].map((day) => ({ validToDate: new Date(day) }));
  if (!sooner || !later) throw new Error("no days");
  expect(acceptedUntil(later, sooner)).toEqual(sooner.validToDate);
  expect(acceptedUntil(sooner, later)).toEqual(sooner.validToDate);
});

test("a chain is a signature, not a name", async () => {
  const leaf = new X509Certificate(real.server.cert);
  const namesake = new X509Certificate((await authority("CN=etcd CA, C=CN")).ca);
  expect(chainsTo(leaf, new X509Certificate(real.ca))).toBe(true);
  expect(chainsTo(leaf, namesake)).toBe(false);
  expect(chainsTo(leaf, leaf)).toBe(false);
});

test("a client of the CA is answered", async () => {
  const answer = answered(await ask({ identity: real.server }));
  expect(answer).toMatchObject({ status: 200, body: "GET /health HTTP/1.1" });
  expect(answer.peer.subject).toContain("CN=etcd");
});

test("a client of a foreign CA of the same name does not chain to the real one", async () => {
  const forged = await forgeClient(real.ca, "CN=etcd");
  const certificate = new X509Certificate(forged.cert);
  expect(certificate.issuer).toBe(new X509Certificate(real.ca).subject);
  expect(chainsTo(certificate, new X509Certificate(real.ca))).toBe(false);
});

test("a server of another CA, or for another host, is not trusted", async () => {
  const other = await authority("CN=etcd CA, C=CN");
  await expect(ask({ ca: other.ca, identity: real.server })).resolves.toMatchObject({
    kind: "untrusted",
    reason: "it was not signed by the CA, or is not valid now",
  });
  await expect(ask({ host: "127.0.0.2", identity: real.server })).resolves.toMatchObject({
    kind: "untrusted",
    reason: "it does not name 127.0.0.2",
  });
});

test("a server that has the name of its CA is trusted for the CA's signature, and a namesake's is not", async () => {
  const name = "CN=kubernetes, O=k8s";
  const [own, namesake] = await Promise.all([authority(name, name), authority(name, name)]);
  const [genuine, imposter] = await Promise.all([serve(own.server), serve(namesake.server)]);
  await expect(ask({ ca: own.ca }, genuine)).resolves.toMatchObject({ kind: "answered", status: 200 });
  await expect(ask({ ca: own.ca }, imposter)).resolves.toMatchObject({ kind: "untrusted" });
  genuine.close();
  imposter.close();
});

test("a client without a certificate is refused with an alert", async () => {
  await expect(ask({})).resolves.toEqual({ kind: "refused", alert: "handshake failure" });
});

test("a connection that is only lost is not taken for a refusal", async () => {
  const deaf = createTcpServer((socket) => void socket.once("data", () => socket.destroy()));
  await once(deaf.listen(0, "127.0.0.1"), "listening");
  await expect(ask({}, deaf)).rejects.toThrow("the TLS handshake did not come to an end");
  deaf.close();
});

test.for([
  ["\u200B663eb46fb81c4cf2", "U+200B"],
  ["663eb46fb81c4cf2，kubelet-bootstrap", "U+FF0C"],
  ["663eb46fb81c4cf2\n", "U+000A"],
] as const)(
  "a token that no request can carry is the guide's fault, and is not shown: %j",
  async ([token, code]) => {
    const failure = await ask({ identity: real.server, token }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ verdict: "guide", message: expect.stringContaining(code) });
    expect(String(failure)).not.toContain("663e");
  },
);

test("a client's certificate of which nothing can be made is the guide's fault", async () => {
  const { key } = (await authority("CN=etcd CA, C=CN")).server;
  const broken = [
    { identity: { ...real.server, cert: "no certificate" } },
    { identity: { ...real.server, key } },
    { identity: real.server, ca: "no certificate" },
  ];
  for (const options of broken) await expect(ask(options)).rejects.toMatchObject({ verdict: "guide" });
});
