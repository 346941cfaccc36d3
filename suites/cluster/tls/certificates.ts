import { X509Certificate } from "node:crypto";
import { once } from "../trace/once.ts";
import * as x509 from "./x509.ts";

/** A certificate and its private key, in PEM; kept in memory only. */
export type Identity = { readonly cert: string; readonly key: string };

/** What a suite compares of a certificate. Lists are sorted. */
export function factsOf(certificate: X509Certificate) {
  const parsed = new x509.X509Certificate(certificate.raw);
  const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  const extended = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  return {
    /** `CN=etcd`, `O=k8s`, … */
    subject: certificate.subject.split("\n").toSorted(),
    /** `DNS:kubernetes`, `IP:10.0.0.5`, … */
    names: (certificate.subjectAltName ?? "")
      .split(", ")
      .filter((name) => name !== "")
      .map((name) => name.replace("IP Address:", "IP:"))
      .toSorted(),
    isCa: certificate.ca,
    keyType: certificate.publicKey.asymmetricKeyType ?? "unknown",
    keyBits: certificate.publicKey.asymmetricKeyDetails?.modulusLength ?? 0,
    /** RFC 5280, 4.2.1.3, as in `digitalSignature`, and 4.2.1.12, as in `serverAuth`. */
    usages: usageNames.filter((name) => usages & x509.KeyUsageFlags[name]).toSorted(),
    extendedUsages: extended.map((usage) => extendedNames[String(usage)] ?? String(usage)).toSorted(),
    validityHours: (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3_600_000,
  };
}

const usageNames = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
] as const;

const extendedNames: Readonly<Record<string, string>> = {
  "1.3.6.1.5.5.7.3.1": "serverAuth",
  "1.3.6.1.5.5.7.3.2": "clientAuth",
};

/** Whether `certificate` was issued and signed by `ca`, and is valid now. */
export function chainsTo(certificate: X509Certificate, ca: X509Certificate): boolean {
  const now = Date.now();
  return (
    ca.ca &&
    certificate.checkIssued(ca) &&
    certificate.verify(ca.publicKey) &&
    certificate.validFromDate.getTime() <= now &&
    now <= certificate.validToDate.getTime()
  );
}

type Ending = Pick<X509Certificate, "validToDate">;

/** When a certificate is refused at the latest: with its own end, or with that of the CA that signed it. */
export const acceptedUntil = (certificate: Ending, ca: Ending): Date =>
  new Date(Math.min(certificate.validToDate.getTime(), ca.validToDate.getTime()));

/**
 * A client certificate that only its signature tells from a real one: it has the subject that is asked for, and its
 * issuer the name of `ca`, but what signed it is its own key, which is the same for all of a run. Made in memory.
 */
export async function forgeClient(ca: string, subject: string): Promise<Identity> {
  const keys = await ownKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: "01",
    subject,
    issuer: new x509.X509Certificate(ca).subject,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") };
}

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const ownKeys = once(() => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]));
