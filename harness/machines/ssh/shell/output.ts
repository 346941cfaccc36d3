import { StringDecoder } from "node:string_decoder";
import type { OutputChunk, RunOptions } from "../connection.ts";

type Stream = OutputChunk["stream"];

export type Printed = {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Bytes that were too many to keep: a line stands in their place. */
  readonly leftOut: number;
};

/** The beginning and the end of a stream, each of half as many bytes as are kept. */
class Ends {
  readonly #half: number;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #room: number;
  #tailBytes = 0;
  leftOut = 0;

  constructor(most: number) {
    this.#half = most / 2;
    this.#room = this.#half;
  }

  push(bytes: Buffer): void {
    const first = bytes.subarray(0, this.#room);
    const rest = bytes.subarray(first.length);
    this.#room -= first.length;
    if (first.length > 0) this.#head.push(first);
    if (rest.length > 0) this.#tail.push(rest);
    this.#tailBytes += rest.length;
    for (let [next] = this.#tail; next && this.#tailBytes - next.length >= this.#half; [next] = this.#tail) {
      this.#tail.shift();
      this.#tailBytes -= next.length;
      this.leftOut += next.length;
    }
  }

  whole(): Buffer {
    const gap = this.leftOut === 0 ? "" : `\n… ${this.leftOut} bytes are left out …\n`;
    return Buffer.concat([...this.#head, Buffer.from(gap), ...this.#tail]);
  }
}

/** Gathers both streams of a command, up to so many bytes of each; characters that a chunk cuts in two arrive whole. */
export class Output {
  readonly #streams: Record<Stream, Ends>;
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  readonly #listener: RunOptions["onOutput"];

  constructor(listener: RunOptions["onOutput"], most: number) {
    this.#listener = listener;
    this.#streams = { stdout: new Ends(most), stderr: new Ends(most) };
  }

  push(stream: Stream, bytes: Buffer): void {
    this.#streams[stream].push(bytes);
    this.#tell(stream, this.#decoders[stream].write(bytes));
  }

  end(): Printed {
    this.#tell("stdout", this.#decoders.stdout.end());
    this.#tell("stderr", this.#decoders.stderr.end());
    const { stdout, stderr } = this.#streams;
    return { stdout: stdout.whole(), stderr: stderr.whole(), leftOut: stdout.leftOut + stderr.leftOut };
  }

  #tell(stream: Stream, text: string): void {
    if (text !== "") this.#listener?.({ stream, text });
  }
}
