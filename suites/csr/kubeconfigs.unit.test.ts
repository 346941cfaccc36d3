import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { temporaryFolder } from "../../harness/testing.ts";
import type { SuiteMachine } from "../cluster/index.ts";
import * as x509 from "../cluster/tls/x509.ts";
import { kubeconfigOf } from "./kubeconfigs.ts";

/** Reads files of this host. */
// oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of a machine
const node = { name: "node", read: (path: string) => readFile(path, "utf8") } as unknown as SuiteMachine;

const folder = temporaryFolder();
const file = join(folder, "cfg", "kube-proxy.kubeconfig");
let pem = "";

beforeAll(async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({ name: "CN=kubernetes", keys });
  pem = made.toString("pem");
  await Promise.all([mkdir(join(folder, "cfg")), mkdir(join(folder, "ssl"))]);
  await writeFile(join(folder, "ssl", "ca.pem"), pem);
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What is read of a kubeconfig whose cluster and user say that. */
async function read(cluster: object, user: object = {}) {
  await writeFile(
    file,
    stringify({
      clusters: [{ name: "kubernetes", cluster: { server: "https://192.0.2.1:6443", ...cluster } }],
      users: [{ name: "kube-proxy", user }],
    }),
  );
  return kubeconfigOf(node, file);
}

const subjects = (found: readonly { subject: string }[]): string[] => found.map(({ subject }) => subject);

test("an apiserver is trusted by what is embedded, every certificate of it, or by a file that is named", async () => {
  const embedded = await read({ "certificate-authority-data": base64(`${pem}\n${pem}`) });
  expect(embedded).toMatchObject({ server: "https://192.0.2.1:6443", insecure: false });
  expect(subjects(await embedded.trusted())).toEqual(["CN=kubernetes", "CN=kubernetes"]);
  const named = await read({ "certificate-authority": "../ssl/ca.pem" });
  expect(subjects(await named.trusted())).toEqual(["CN=kubernetes"]);
  const none = await read({ "insecure-skip-tls-verify": true });
  expect([none.insecure, await none.trusted()]).toEqual([true, []]);
});

test("a user shows a certificate, and a private key in its place is none", async () => {
  const shows = await read({}, { "client-certificate-data": base64(pem) });
  expect(subjects(await shows.shown())).toEqual(["CN=kubernetes"]);
  const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
  const mistaken = await read({}, { "client-certificate-data": base64(key) });
  expect(await mistaken.shown()).toEqual([]);
});

test("neither token nor key is handed on", async () => {
  const found = await read(
    {},
    { token: "663eb46f", "client-key-data": base64("key"), "client-key": "a.pem" },
  );
  expect(JSON.stringify(found)).not.toMatch(/663eb46f|a2V5/);
  expect(found.pair).toEqual({ "client-certificate": undefined, "client-key": "a.pem" });
});

test.for([
  ["no YAML", "users: [{ user: { token: 663eb46f }\nusers: ["],
  ["of another tag", "users: !!binary 663eb46f"],
  ["of another shape", "clusters: []\nusers: [{ user: 663eb46f }]"],
] as const)("a mistake is the guide's, and shows no token: %s", async ([, text]) => {
  await writeFile(file, text);
  const failure: unknown = await kubeconfigOf(node, file).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    verdict: "guide",
    message: expect.stringContaining(`node: ${file} is no`),
  });
  expect(failure).not.toHaveProperty("cause");
  expect(String(failure)).not.toContain("663e");
});
