// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import tls from "node:tls";
import * as x509 from "@peculiar/x509";
import { afterEach, expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import type { Check } from "../../machines/machine.ts";
import { testContext } from "../../testing.ts";
import { askSites } from "./sites.ts";

/** For a site that answers, however busy the host is. */
const patient = testContext({ deadlines: new Deadlines(100) });
const impatient = testContext({ deadlines: new Deadlines(1, { site: 500 }) });
const stack = new AsyncDisposableStack();
let servers = stack.move();
afterEach(async () => {
  await servers.disposeAsync();
  servers = new AsyncDisposableStack();
});

async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
  servers.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
const site = async (answer: RequestListener): Promise<string> =>
  `127.0.0.1:${await listen(createServer(answer))}`;

async function ask(address: string, { fatal = true, context = patient } = {}): Promise<Check> {
  const [check] = await askSites([{ what: "a file", address, fatal }], context, {});
  if (!check) throw new Error("no check");
  return check;
}

test("a site that has the file is in order", async () => {
  const host = await site((_, response) => void response.end("x".repeat(1 << 20)));
  expect(await ask(`http://${host}/file`)).toEqual({
    need: `${host}, for a file`,
    found: `${host} answered 200`,
  });
});

test("each host on the way is named with what it answered", async () => {
  const store = await site((_, response) => void response.writeHead(403).end());
  const first = await site(
    (_, response) => void response.writeHead(301, { location: `http://${store}/x` }).end(),
  );
  expect(await ask(`http://${first}/file`)).toEqual({
    need: `${first}, for a file`,
    found: `${first} answered 301, then ${store} answered 403: it sends no file`,
    remedy: expect.stringContaining(`curl -vLo /dev/null http://${first}/file`),
    fatal: true,
  });
});

test("a site that goes round in circles ends", async () => {
  const host = await site((_, response) => void response.writeHead(302, { location: "/file" }).end());
  expect((await ask(`http://${host}/file`)).found).toMatch(/answered 302: it goes on and on$/);
});

test("a site that does not answer costs its deadline, and no more", async () => {
  const host = await site(() => undefined);
  expect(await ask(`http://${host}/file`, { fatal: false, context: impatient })).toMatchObject({
    found: `${host}: no answer within 0.5 s`,
    fatal: false,
  });
});

test("a site that is not there says why", async () => {
  const host = await site(() => undefined);
  await servers.disposeAsync();
  servers = new AsyncDisposableStack();
  expect((await ask(`http://${host}/file`)).found).toMatch(new RegExp(`^${host}: connect ECONNREFUSED`));
  expect((await ask("http://nowhere.invalid/file")).found).toMatch(
    /^nowhere\.invalid: .*(?:ENOTFOUND|EAI_AGAIN)/,
  );
});

const algorithm = { name: "ECDSA", namedCurve: "P-256" };

/** An https site whose chain ends in a root of that name; gives its host and the root in PEM. */
async function secure(root: string): Promise<{ readonly host: string; readonly pem: string }> {
  const [caKeys, keys] = [
    await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]),
    await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]),
  ];
  const notAfter = new Date(Date.now() + 3_600_000);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${root}`,
    keys: caKeys,
    notAfter,
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    notAfter,
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  const server = createTlsServer(
    { key, cert: leaf.toString("pem") },
    (_, response) => void response.end("x"),
  );
  return { host: `localhost:${await listen(server)}`, pem: ca.toString("pem") };
}

test("a chain that the host does not trust is named as TLS's, with what to look at", async () => {
  const { host } = await secure("A proxy's own root");
  expect(await ask(`https://${host}/file`)).toMatchObject({
    found: expect.stringMatching(new RegExp(`^${host}: TLS: .*UNABLE_TO_VERIFY_LEAF_SIGNATURE`)),
    remedy: expect.stringContaining(`openssl s_client -connect ${host}`),
    fatal: true,
  });
});

test.each([
  ["GTS Root R1", true],
  ["ISRG Root X1", false],
])("a chain that ends in %s is unknown to CentOS 7.5: %s", async (root, unknown) => {
  const before = tls.getCACertificates("default");
  const { host, pem } = await secure(root);
  tls.setDefaultCACertificates([...before, pem]);
  try {
    const check = await ask(`https://${host}/file`);
    expect(check.found).toMatch(
      unknown ? /answered 200; the chain of localhost ends in GTS Root R1, which/ : /answered 200$/,
    );
    expect(check.fatal).toBe(unknown ? false : undefined);
    const ofHost = { what: "a file", address: `https://${host}/file`, fatal: true, hostOnly: true } as const;
    expect((await askSites([ofHost], patient, {}))[0]?.found).toMatch(/answered 200$/);
  } finally {
    tls.setDefaultCACertificates(before);
  }
});
