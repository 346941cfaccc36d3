import ssh2 from "ssh2";
import { expect, test } from "vitest";
import { type KeyPair, makeKeyPair } from "./key-pair.ts";

test("makes keys that OpenSSH and ssh2 read, and that belong together", () => {
  const { privateKey, publicKey } = makeKeyPair();
  expect(privateKey).toMatch(
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]*\n-----END OPENSSH PRIVATE KEY-----\n$/u,
  );
  const halves = [privateKey, publicKey].map((half) => ssh2.utils.parseKey(half));
  const [ofPrivate, ofPublic] = halves.map((half) => (half instanceof Error ? half : half.getPublicSSH()));
  expect(ofPrivate).toEqual(ofPublic);
  expect(makeKeyPair().publicKey).not.toBe(publicKey);
});

test("does not give out a pair that ssh2 has damaged", () => {
  const whole = makeKeyPair();
  // Type and length are those of a key whose first byte was zero.
  const damaged = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from([0, 0, 0, 31]),
    Buffer.alloc(31, 7),
  ]);
  const pairs: KeyPair[] = [{ ...whole, publicKey: `ssh-ed25519 ${damaged.toString("base64")}` }, whole];
  expect(makeKeyPair(() => pairs.shift() ?? whole)).toBe(whole);
  expect(pairs).toEqual([]);
});
