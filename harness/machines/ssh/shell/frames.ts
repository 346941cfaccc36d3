import { randomBytes } from "node:crypto";

/**
 * What our own shell code prints between the output of others: a nonce, then fields that end in NUL.
 * The nonce is typed in two halves, so that no trace or echo of the code looks like what it prints.
 */
export type Nonce = { readonly halves: readonly [string, string]; readonly bytes: Buffer };

export type Frame = {
  readonly kind: string;
  /** Exit code, process id, or the line of a command that failed. */
  readonly value: number;
  /** The folder, or the command that failed. */
  readonly cwd: string;
  /** `umask -p`, `declare -p` and `declare -f`. */
  readonly environment: string;
  /** `jobs -lr`. */
  readonly jobs: string;
};

export type OutputPiece = { readonly text: Buffer } | { readonly frame: Frame };

export function newNonce(): Nonce {
  const halves = [randomBytes(8).toString("hex"), randomBytes(8).toString("hex")] as const;
  return { halves, bytes: Buffer.from(halves.join("")) };
}

/** The words `printf` takes before the values of a frame that has no folder, environment and jobs. */
export const bareFrame = (nonce: Nonce, kind: string): string =>
  String.raw`'%s%s${kind} %s\0\0\0\0' ${nonce.halves.join(" ")}`;

/** A frame as it is printed, without environment and jobs: what a machine of tests says. */
export const printedFrame = (nonce: string, kind: string, value: number, cwd = ""): string =>
  `${nonce}${kind} ${value}\0${cwd}\0\0\0`;

/** Takes a stream apart into what was printed and the frames in it, however it is cut into chunks. */
export class FrameReader {
  readonly #nonce: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(nonce: Nonce) {
    this.#nonce = nonce.bytes;
  }

  push(chunk: Buffer): OutputPiece[] {
    const pieces: OutputPiece[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const start = rest.indexOf(this.#nonce);
      const textEnd = start < 0 ? rest.length - this.#beginning(rest) : start;
      if (textEnd > 0) pieces.push({ text: rest.subarray(0, textEnd) });
      rest = rest.subarray(textEnd);
      const read = start < 0 ? undefined : readFrame(rest, this.#nonce.length);
      if (!read) break;
      pieces.push({ frame: read.frame });
      rest = rest.subarray(read.end);
    }
    this.#held = rest;
    return pieces;
  }

  /** What is left when the stream has ended without a further frame. */
  rest(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  /** How many of the last bytes may be the beginning of a nonce. */
  #beginning(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.#nonce.length - 1); length > 0; length -= 1) {
      if (bytes.subarray(-length).equals(this.#nonce.subarray(0, length))) return length;
    }
    return 0;
  }
}

function readFrame(bytes: Buffer, from: number): { frame: Frame; end: number } | undefined {
  const fields: string[] = [];
  let start = from;
  while (fields.length < 4) {
    const end = bytes.indexOf(0, start);
    if (end < 0) return undefined;
    fields.push(bytes.toString("utf8", start, end));
    start = end + 1;
  }
  const [head = "", cwd = "", environment = "", jobs = ""] = fields;
  const [kind = "", value = ""] = head.split(" ");
  const frame = { kind, value: Number(value), cwd: cwd.replace(/\n$/u, ""), environment, jobs };
  return { frame, end: start };
}
