import type { X509Certificate } from "node:crypto";
import { expect as ofVitest, type Assertion } from "vitest";
import { acceptedUntil, chainsTo } from "../tls/certificates.ts";
import { GuideFailure } from "../../../harness/cluster.ts";
import { traceProof } from "../trace/access-trace.ts";
import { compared, differing, endOfWords } from "./words.ts";

/**
 * vitest's `expect`. `words` say what was seen, as a sentence that is true where the assertion fails: they are the
 * headline of the failure, before what vitest makes of the matcher.
 */
export function expect<T>(seen: T, words: string): Assertion<void, T> {
  traceProof();
  // oxlint-disable-next-line vitest/valid-expect -- the caller says how
  return ofVitest(seen, `${words}${endOfWords}`);
}

/** Holds a record against what is wanted of it, and says what differs. */
export function expectFields(what: string, seen: object, wanted: object): void {
  expect(seen, `${what}: ${differing(seen, wanted)}`).toMatchObject(wanted);
}

/** Holds a list against the one that is wanted, and says what it has too much and what is missing. */
export function expectList(what: string, seen: readonly string[], wanted: readonly string[]): void {
  expect(seen, `${what}: ${compared(seen, wanted)}`).toEqual(wanted);
}

/** Milliseconds for which a certificate has to be accepted after an install. */
const lasting = 30 * 86_400_000;

/** Holds a certificate against the CA of a file, which has to have signed it, and with it has to last for a month at least. */
export function expectSigned(
  what: string,
  certificate: X509Certificate,
  { ca, file }: { readonly ca: X509Certificate; readonly file: string },
): void {
  const { validFrom, validTo } = certificate;
  const issuer = certificate.issuer.replaceAll("\n", ", ");
  const words = `${what} is not of the CA in ${file} or not valid now: of ${issuer}, from ${validFrom} to ${validTo}`;
  expect(chainsTo(certificate, ca), words).toBe(true);
  const until = acceptedUntil(certificate, ca);
  expect(
    until.getTime() - Date.now(),
    `${what} is refused from ${until.toISOString()} on, in less than a month`,
  ).toBeGreaterThan(lasting);
}

/** Fails for want of something that the guide gives, without which the test cannot go on. */
export function lacking(words: string): never {
  throw new GuideFailure(words);
}
