import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Digest } from "./pins.ts";

/** Checksums of a file in hexadecimal, and its size. */
export type Digests = { readonly sha256: string; readonly sha512: string; readonly bytes: number };

/** Hashes a file once for both algorithms. Throws the signal's reason if it aborts. */
export async function digestsOf(path: string, signal?: AbortSignal): Promise<Digests> {
  const [sha256, sha512] = [createHash("sha256"), createHash("sha512")];
  let bytes = 0;
  const chunks = createReadStream(path, { highWaterMark: 1 << 20 });
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    sha256.update(chunk);
    sha512.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: sha256.digest("hex"), sha512: sha512.digest("hex"), bytes };
}

/** `sha512:…`, as a person compares it. */
export const showDigest = ({ algorithm, hex }: Pick<Digest, "algorithm" | "hex">): string =>
  `${algorithm}:${hex}`;

/** Whether a file with these checksums is the one that `digest` names. */
export const matches = (digests: Digests, digest: Digest): boolean =>
  digests[digest.algorithm] === digest.hex;
