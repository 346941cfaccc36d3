import { StringDecoder } from "node:string_decoder";
import type { OutputChunk, RunOptions } from "../connection.ts";

/** Gathers both streams of a command; characters that a chunk cuts in two arrive whole. */
export class Output {
  readonly #chunks: Record<OutputChunk["stream"], Buffer[]> = { stdout: [], stderr: [] };
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  readonly #listener: RunOptions["onOutput"];

  constructor(listener: RunOptions["onOutput"]) {
    this.#listener = listener;
  }

  push(stream: OutputChunk["stream"], bytes: Buffer): void {
    this.#chunks[stream].push(bytes);
    this.#tell(stream, this.#decoders[stream].write(bytes));
  }

  /** To be called once, when nothing more will come. */
  end(): { stdout: Buffer; stderr: Buffer } {
    this.#tell("stdout", this.#decoders.stdout.end());
    this.#tell("stderr", this.#decoders.stderr.end());
    return { stdout: Buffer.concat(this.#chunks.stdout), stderr: Buffer.concat(this.#chunks.stderr) };
  }

  #tell(stream: OutputChunk["stream"], text: string): void {
    if (text !== "") this.#listener?.({ stream, text });
  }
}
