import { expect, test } from "vitest";
import { UsageError } from "../../../errors.ts";
import { fingerprint, parseHostKey } from "./host-key.ts";

// The key of RFC 8032's first test vector; the fingerprint is what `ssh-keygen -l` prints for it.
const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea a comment";

test("reads an OpenSSH public key line", () => {
  const { type, blob } = parseHostKey(line);
  expect(type).toBe("ssh-ed25519");
  expect(fingerprint(blob)).toBe("SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8");
});

test.each([
  "",
  "ssh-ed25519",
  "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
  "x y z",
])("refuses %j", (bad) => {
  expect(() => parseHostKey(bad)).toThrow(UsageError);
});
