import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { keyFromKnownHosts } from "./known-hosts.ts";

const hashed = (name: string, salt = Buffer.alloc(20, 3)): string =>
  `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;

test("finds a host by its name, by a pattern, by its port and hashed", () => {
  const text = [
    "# comment",
    "",
    "10.0.0.5,a.example ssh-ed25519 AAAAa comment",
    "[10.0.0.5]:2222 ssh-ed25519 AAAAport",
    "10.0.1.*,!10.0.1.9 ecdsa-sha2-nistp256 AAAApattern",
    `${hashed("10.0.0.7")} ssh-ed25519 AAAAhashed`,
    `${hashed("[10.0.0.7]:23")} ssh-ed25519 AAAAhashedport`,
  ].join("\n");
  expect(keyFromKnownHosts(text, "10.0.0.5", 22)).toBe("ssh-ed25519 AAAAa");
  expect(keyFromKnownHosts(text, "a.example", 22)).toBe("ssh-ed25519 AAAAa");
  expect(keyFromKnownHosts(text, "10.0.0.5", 2222)).toBe("ssh-ed25519 AAAAport");
  expect(keyFromKnownHosts(text, "10.0.1.8", 22)).toBe("ecdsa-sha2-nistp256 AAAApattern");
  expect(keyFromKnownHosts(text, "10.0.1.9", 22)).toBeUndefined();
  expect(keyFromKnownHosts(text, "10.0.0.7", 22)).toBe("ssh-ed25519 AAAAhashed");
  expect(keyFromKnownHosts(text, "10.0.0.7", 23)).toBe("ssh-ed25519 AAAAhashedport");
  expect(keyFromKnownHosts(text, "10.0.0.50", 22)).toBeUndefined();
});

test("prefers ed25519, and takes neither revoked keys nor authorities nor unknown types", () => {
  const text = [
    "@revoked host ssh-ed25519 AAAArevoked",
    "@cert-authority host ssh-ed25519 AAAAca",
    "host ssh-rsa AAAArsa",
    "host sk-unknown AAAAsk",
    "host ssh-ed25519 AAAAed",
  ];
  expect(keyFromKnownHosts(text.join("\n"), "host", 22)).toBe("ssh-ed25519 AAAAed");
  expect(keyFromKnownHosts(text.slice(0, 2).join("\n"), "host", 22)).toBeUndefined();
  expect(keyFromKnownHosts(text.slice(3, 4).join("\n"), "host", 22)).toBeUndefined();
});

test("a key that is revoked for a host is not taken for it, whatever its line says", () => {
  const text = [
    "@revoked * ssh-ed25519 AAAAlost",
    "@revoked [*]:2222 ssh-rsa AAAAport",
    `@revoked ${hashed("10.0.0.7")} ssh-ed25519 AAAAhashed`,
    "host,other ssh-ed25519 AAAAlost comment",
    "host ssh-rsa AAAArsa",
    "[host]:2222 ssh-rsa AAAAport",
    "10.0.0.7,10.0.0.8 ssh-ed25519 AAAAhashed",
  ].join("\n");
  expect(keyFromKnownHosts(text, "host", 22)).toBe("ssh-rsa AAAArsa");
  expect(keyFromKnownHosts(text, "other", 22)).toBeUndefined();
  expect(keyFromKnownHosts(text, "host", 2222)).toBeUndefined();
  expect(keyFromKnownHosts(text, "10.0.0.7", 22)).toBeUndefined();
  expect(keyFromKnownHosts(text, "10.0.0.8", 22)).toBe("ssh-ed25519 AAAAhashed");
});
