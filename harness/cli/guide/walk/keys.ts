import type { ReadStream } from "node:tty";
import { within } from "../../../waits/wait.ts";

/** A terminal's input: that of this process, or a test's. */
export type KeyInput = Pick<ReadStream, "on" | "off" | "pause" | "resume"> & {
  setRawMode(raw: boolean): unknown;
};

const ctrlC = "\u0003";

/**
 * Keys of a terminal, one at a time, until it is disposed. A key that nobody waits for is no answer to a later question.
 * Ctrl-C always ends the process in order, as the terminal itself would.
 */
export class Keys implements Disposable {
  readonly #input: KeyInput;
  readonly #interrupt: () => void;
  #waiting: ((key: string) => void) | undefined;

  constructor(
    input: KeyInput,
    interrupt: () => void = () => {
      process.kill(process.pid, "SIGINT");
    },
  ) {
    this.#input = input;
    this.#interrupt = interrupt;
    this.#take();
  }

  /**
   * The next key that is pressed; one that sends several characters, as those with arrows do, as all of them. Rejects with the
   * signal's reason.
   */
  async next(signal: AbortSignal): Promise<string> {
    const pressed = Promise.withResolvers<string>();
    this.#waiting = pressed.resolve;
    try {
      return await within(pressed.promise, { signal });
    } finally {
      this.#waiting = undefined;
    }
  }

  /** Leaves the terminal to somebody else for as long as that takes. */
  async lent<T>(work: () => Promise<T>): Promise<T> {
    this.#leave();
    try {
      return await work();
    } finally {
      this.#take();
    }
  }

  [Symbol.dispose](): void {
    this.#leave();
  }

  readonly #onData = (data: Buffer): void => {
    const text = data.toString();
    if (text.includes(ctrlC)) return this.#interrupt();
    const [first = ""] = text;
    // What was typed ahead, behind the key, is no answer to a question that nobody has read.
    this.#waiting?.(first === "\u001B" ? text : first);
  };

  #take(): void {
    this.#input.setRawMode(true);
    this.#input.on("data", this.#onData);
    this.#input.resume();
  }

  #leave(): void {
    this.#input.off("data", this.#onData);
    this.#input.setRawMode(false);
    this.#input.pause();
  }
}
