import { createHash } from "node:crypto";
import { UsageError } from "../../../errors.ts";

/** A host key as it travels in the handshake (RFC 4253, section 6.6) and the name of its type. */
export type HostKey = { readonly type: string; readonly blob: Buffer };

/** Reads `ssh-ed25519 AAAA… [comment]`; UsageError if it is not such a line. */
export function parseHostKey(line: string): HostKey {
  const [type = "", base64 = ""] = line.trim().split(/\s+/u);
  const blob = Buffer.from(base64, "base64");
  const named = blob.length >= 4 && blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() === type;
  if (!named) {
    throw new UsageError("The endpoint's host key is not an OpenSSH public key line", {
      hint: "It must look like `ssh-ed25519 AAAA…`, as in the machine's ssh_host_ed25519_key.pub.",
    });
  }
  return { type, blob };
}

/** `SHA256:…`, as `ssh-keygen -l` prints it. */
export const fingerprint = (blob: Uint8Array): string =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/u, "")}`;
