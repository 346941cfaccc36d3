import { keyBegin, keyEnd, type Redactor } from "./redact.ts";

/** Characters of a stream that are recorded: so many of its beginning, and so many of its end. */
const most = { beginning: 256 * 1024, end: 64 * 1024 };

/** What is recorded of a stream: redacted, and of more than anybody reads the beginning and the end. */
export class RecordedStream {
  readonly #redactor: Redactor;
  #room = most.beginning;
  #last = "";
  #leftOut = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor.fresh();
  }

  /** Takes the next chunk; gives what of it is to be recorded now. */
  push(chunk: string): string {
    const first = chunk.slice(0, this.#room);
    this.#room -= first.length;
    const last = this.#last + chunk.slice(first.length);
    this.#last = last.slice(-most.end);
    this.#leftOut += last.length - this.#last.length;
    return this.#redactor.push(first);
  }

  /** The rest, once no more chunks come. */
  end(): string {
    if (this.#leftOut === 0) return this.#redactor.push(this.#last) + this.#redactor.end();
    const from = beginningOfSafe(this.#last);
    const gap = `\n… ${this.#leftOut + from} characters are left out …\n`;
    const begun = this.#redactor.end(true);
    return begun + gap + this.#redactor.push(this.#last.slice(from)) + this.#redactor.end();
  }
}

/** Where a text that was cut begins to be read: half a line may be half a secret, and half a key has no head. */
function beginningOfSafe(text: string): number {
  const line = text.indexOf("\n") + 1 || text.length;
  const [end, begin] = [keyEnd, keyBegin].map((mark) => text.search(mark));
  const isInKey = end !== undefined && end >= 0 && (begin === undefined || begin < 0 || end < begin);
  return isInKey ? text.indexOf("\n", end) + 1 || text.length : line;
}
